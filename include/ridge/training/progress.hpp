#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include <ridge/core/terminal.hpp>
#include <ridge/training/fit.hpp>

namespace ridge {

/// A callback that shows how training goes. After each epoch it prints
///
///     Epoch 1, Average Loss: 1.2521
///     Test Accuracy: 86.52%
///
/// with the penalty and the objective beside the loss if there is a penalty, and the second line if
/// there is validation; and at last whether the run was stopped before all epochs were done. On a
/// terminal a bar shows the epoch's share done, its rate and time left.
class Progress {
 public:
  using Bar = ProgressBar;

  /// @param out where to; nothing is shown if it is null
  explicit Progress(std::FILE* out = stdout, Bar bar = Bar::automatic)
      : out_(out), line_(out, bar) {}

  template <class R>
  void begin(R& run) {
    started_ = drawn_ = Clock::now();
    done_before_ = done(run);
  }

  template <class R>
  void after_step(R& run) {
    const auto now = Clock::now();
    if (!line_.is_shown() || now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    draw(run, std::chrono::duration<double>(now - started_).count());
  }

  template <class R>
  void after_epoch(R& run) {
    if (!out_) return;
    line_.erase();
    const EpochReport& report = run.report;
    std::fprintf(out_, "Epoch %d, Average Loss: %.4f", report.epoch, report.train_loss);
    if (report.penalty > 0)
      std::fprintf(out_, ", Penalty: %.4f, Objective: %.4f", report.penalty, report.objective);
    std::fputc('\n', out_);
    if (report.validation) {
      const char* name = report.validation_name.c_str();
      if (report.validation->accuracy)
        std::fprintf(out_, "%s Accuracy: %.2f%%\n", name, 100 * *report.validation->accuracy);
      else
        std::fprintf(out_, "%s Loss: %.4g\n", name, report.validation->loss);
    }
    std::fflush(out_);
  }

  /// Leaves no half-drawn bar behind, whatever ends the run.
  template <class R>
  void end(R& run) {
    line_.erase();
    if (!out_ || !run.stopped || run.reports.empty()) return;
    const int epoch = run.reports.back().epoch;
    if (epoch >= run.last_epoch()) return;
    std::fprintf(out_, "Stopped early, after epoch %d of %d\n", epoch, run.last_epoch());
    std::fflush(out_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// Samples of the run that are done, in this process or in one before.
  template <class R>
  static double done(const R& run) {
    return static_cast<double>(run.epoch - run.options.first_epoch) *
               static_cast<double>(run.samples) +
           static_cast<double>(run.samples_done);
  }

  template <class R>
  void draw(const R& run, double seconds) {
    const double all =
        static_cast<double>(run.options.epochs) * static_cast<double>(run.samples) - done_before_;
    const double here = done(run) - done_before_;
    const double share = static_cast<double>(run.samples_done) / static_cast<double>(run.samples);
    char rest[96];
    std::snprintf(rest, sizeof rest, " loss %.4f, %.0f samples/s, %.1f s left", run.loss,
                  here / seconds, seconds * (all - here) / here);
    line_.draw(detail::text("Epoch ", run.epoch, "/", run.last_epoch(), " ",
                            detail::bar_text(share), rest));
  }

  std::FILE* out_;
  detail::LiveLine line_;
  double done_before_ = 0;
  Clock::time_point started_, drawn_;
};

}  // namespace ridge
