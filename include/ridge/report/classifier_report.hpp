#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ridge/core/build.hpp>
#include <ridge/core/csv.hpp>
#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/dataset.hpp>
#include <ridge/losses/softmax.hpp>
#include <ridge/plot/heat_map.hpp>
#include <ridge/plot/histogram.hpp>
#include <ridge/plot/plot.hpp>
#include <ridge/report/color_map.hpp>
#include <ridge/report/folder.hpp>
#include <ridge/report/html.hpp>
#include <ridge/report/test_images.hpp>
#include <ridge/training/confusion_matrix.hpp>
#include <ridge/training/most_mistaken.hpp>
#include <ridge/training/reports.hpp>
#include <ridge/training/run.hpp>

namespace ridge {

/// What a run came to, of a network that tells images apart. It knows no network: what it needs of
/// one are numbers.
struct ClassifierReport {
  std::string title = "Training report";
  std::vector<EpochReport> epochs{};   ///< as `fit` returns them
  int best_epoch = 0;                  ///< whose weights these are; 0: the last
  std::string failure{};               ///< why training has failed, if it has
  Matrix<double> outputs{};            ///< of the test images, classes x images
  std::vector<NamedWeight> weights{};  ///< as `weights_of` gives them
  std::vector<std::pair<std::string, std::string>> options{};  ///< how it was made: names, values
  Index mistakes = 40;                                         ///< shown, at most
  Index neurons = 100;                                         ///< of the first layer, at most
};

namespace detail {

inline std::string percent(double share, int decimals = 2) {
  return std::isnan(share) ? "none" : fixed(100 * share, decimals) + " %";
}

inline std::vector<Plot> learning_curves(const ClassifierReport& report) {
  Series train{.name = "Training loss"}, objective{.name = "Objective (with penalty)"},
      loss{.name = "Loss"}, accuracy{.name = "Accuracy"};
  const auto add = [](Series& series, int epoch, double y) {
    series.x.push_back(epoch);
    series.y.push_back(y);
  };
  bool penalized = false;
  for (const EpochReport& e : report.epochs) {
    add(train, e.epoch, e.train_loss);
    add(objective, e.epoch, e.objective);
    penalized = penalized || e.penalty > 0;
    if (!e.validation) continue;
    loss.name = e.validation_name + " loss";
    accuracy.name = e.validation_name + " accuracy";
    add(loss, e.epoch, e.validation->loss);
    if (e.validation->accuracy) add(accuracy, e.epoch, 100 * *e.validation->accuracy);
  }
  Plot losses{.title = "Loss",
              .x_label = "Epoch",
              .y_label = "Mean loss over the samples",
              .integer_x = true,
              .series = {train}};
  if (!loss.x.empty()) losses.series.push_back(loss);
  if (penalized) losses.series.push_back(objective);
  Plot accuracies{.title = "Accuracy",
                  .x_label = "Epoch",
                  .y_label = "Percent of images right",
                  .integer_x = true,
                  .y_bounds = {0, 100}};
  if (!accuracy.x.empty()) accuracies.series.push_back(accuracy);
  if (report.best_epoch > 0)
    for (Plot* plot : {&losses, &accuracies})
      plot->lines.push_back({static_cast<double>(report.best_epoch), "best epoch"});
  return {losses, accuracies};
}

/// The color is the square root of each row's share, so that single mistakes are seen beside the
/// many that are right.
inline HeatMap heat_map_of(const ConfusionMatrix& confusion) {
  HeatMap map{.title = "Confusion matrix",
              .x_label = "Taken for",
              .y_label = "Class",
              .values = confusion.counts().cast<double>()};
  map.depth = map.values;
  for (Index k = 0; k < confusion.classes(); ++k)
    map.depth.row(k) = (map.depth.row(k) / std::max(map.depth.row(k).sum(), 1.0)).cwiseSqrt();
  return map;
}

/// Of each class a row: its number, its samples, precision, recall and F1, as `number` writes them.
template <class Number>
std::vector<std::vector<std::string>> scores_of(const ConfusionMatrix& confusion,
                                                const Number& number) {
  std::vector<std::vector<std::string>> rows;
  const Vector<double> precision = confusion.precision(), recall = confusion.recall(),
                       f1 = confusion.f1();
  for (Index k = 0; k < confusion.classes(); ++k)
    rows.push_back({std::to_string(k), std::to_string(confusion.counts().row(k).sum()),
                    number(precision(k)), number(recall(k)), number(f1(k))});
  return rows;
}

/// The size that so large a share of the values does not exceed.
inline double quantile_of_sizes(const Matrix<double>& values, double share) {
  Vector<double> sizes = values.reshaped().cwiseAbs();
  const auto at = static_cast<Index>(share * static_cast<double>(sizes.size() - 1));
  std::nth_element(sizes.begin(), sizes.begin() + at, sizes.end());
  return sizes(at);
}

/// Sentences for what a page would else show without a word.
inline std::string remarks_on_epochs(const std::vector<EpochReport>& epochs) {
  if (epochs.empty()) return html_paragraph("No epoch has ended, so there are no curves.");
  std::string html;
  if (epochs.size() == 1)
    html += html_paragraph("One epoch was trained, so each curve is a single point.");
  const auto fails = [](const EpochReport& e) {
    return !std::isfinite(e.train_loss) || !std::isfinite(e.objective) ||
           (e.validation && !std::isfinite(e.validation->loss));
  };
  const auto first = std::find_if(epochs.begin(), epochs.end(), fails);
  if (first != epochs.end())
    html += html_paragraph(text("A loss is NaN or infinite in ",
                                std::count_if(first, epochs.end(), fails), " of ", epochs.size(),
                                epochs.size() == 1 ? " epoch" : " epochs", ", first in epoch ",
                                first->epoch, ": the curves leave it out. A smaller learning rate ",
                                "or a bound of the gradient's norm may help."));
  return html;
}

/// The same of the test images. A confusion matrix has those whose outputs are numbers.
inline std::string remarks_on_images(const ConfusionMatrix& confusion, Index images) {
  const Matrix<Index>& counts = confusion.counts();
  const auto only = [](const auto& sums, Index& k) {
    return sums.size() > 1 && sums.sum() > 0 && sums.maxCoeff(&k) == sums.sum();
  };
  const Index none = images - confusion.samples();
  std::string html;
  Index k = 0;
  if (none > 0)
    html += html_paragraph(text("The network's outputs are NaN or infinite for ", none, " of ",
                                images, " test images, so it takes them for no class: they are ",
                                "left out of the numbers below."));
  if (images > 0 && counts.rows() == 1)
    html += html_paragraph("The network knows one class, so no image can be a mistake.");
  if (only(counts.rowwise().sum().eval(), k))
    html += html_paragraph(text("All of these test images are of class ", k,
                                ": of others the accuracy says nothing."));
  if (only(counts.colwise().sum().eval(), k))
    html += html_paragraph(text("All of these test images were taken for class ", k, "."));
  return html;
}

/// The neurons whose weights have the largest norms, in their order.
inline std::vector<Index> strongest_rows(const Matrix<double>& weights, Index most) {
  std::vector<Index> rows(static_cast<std::size_t>(weights.rows()));
  std::iota(rows.begin(), rows.end(), Index{0});
  const Vector<double> norms = weights.rowwise().norm();
  std::stable_sort(rows.begin(), rows.end(), [&](Index a, Index b) { return norms(a) > norms(b); });
  if (weights.rows() > most) rows.resize(static_cast<std::size_t>(std::max<Index>(most, 0)));
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Collects the sections of a page, and the tables beside it.
class ClassifierReportWriter {
 public:
  ClassifierReportWriter(const ReportFolder& folder, const ClassifierReport& report,
                         const TestImages& test)
      : folder_(folder), report_(report), test_(test), page_(report.title) {
    if (report.outputs.cols() != test.labels.size())
      throw ShapeError(text("ClassifierReport: outputs of ", report.outputs.cols(),
                            " images, but there are ", test.labels.size(), " test images"));
    for (Index n = 0; n < test.labels.size(); ++n)
      if (test.labels(n) < 0 || test.labels(n) >= report.outputs.rows())
        throw ValueError(text("ClassifierReport: outputs are of ", report.outputs.rows(),
                              " classes, 0 to ", report.outputs.rows() - 1, ", but test image ", n,
                              " has the label ", test.labels(n)));
  }

  void write() {
    // A network that has diverged has probabilities of NaN.
    const Matrix<double> all = softmax(report_.outputs);
    std::vector<Index> images;
    for (Index n = 0; n < all.cols(); ++n)
      if (!all.col(n).hasNaN()) images.push_back(n);
    const Matrix<double> p = all(Eigen::all, images);
    const RowVector<Index> labels = test_.labels(images);
    ConfusionMatrix confusion(p.rows());
    for (Index n = 0; n < p.cols(); ++n) {
      Index predicted = 0;
      p.col(n).maxCoeff(&predicted);  // as for the mistakes
      confusion.add(labels(n), predicted);
    }
    std::vector<Mistake> mistakes = most_mistaken(p, labels, report_.mistakes);
    for (Mistake& m : mistakes) m.sample = images[static_cast<std::size_t>(m.sample)];
    summarize(confusion);
    show_learning_curves();
    show_confusion(confusion);
    show_mistakes(mistakes, confusion);
    show_first_layer();
    show_histograms();
    show_options();
    folder_.write(ReportFolder::page, page_.html());
  }

 private:
  /// Writes tables, and links to them.
  std::string tables(const std::vector<std::pair<std::string, std::string>>& all) const {
    std::string out;
    for (const auto& [name, content] : all) {
      folder_.write(name, content);
      out.append(out.empty() ? "<p>Numbers: <a href=\"" : ", <a href=\"").append(name);
      out.append("\">").append(name).append("</a>");
    }
    return out + "</p>\n";
  }

  void summarize(const ConfusionMatrix& confusion) {
    double seconds = 0;
    for (const EpochReport& e : report_.epochs) seconds += e.seconds;
    std::vector<std::vector<std::string>> rows{{"Measure", "Value"},
                                               {"Test images", std::to_string(test_.labels.size())},
                                               {"Test accuracy", percent(confusion.accuracy())},
                                               {"Mistakes", std::to_string(confusion.mistakes())},
                                               {"Epochs", std::to_string(report_.epochs.size())},
                                               {"Time of training", fixed(seconds, 2) + " s"}};
    if (report_.best_epoch > 0) rows.push_back({"Best epoch", std::to_string(report_.best_epoch)});
    std::string remarks;
    if (!report_.failure.empty())
      remarks = html_paragraph("Training has failed: " + report_.failure);
    remarks += remarks_on_images(confusion, test_.labels.size());
    page_.section("Result", remarks + html_table(rows));
  }

  void show_learning_curves() {
    const std::vector<Plot> plots = learning_curves(report_);
    std::string html = remarks_on_epochs(report_.epochs);
    html += html_plots({plots[0].svg(), plots[1].svg()});
    html += tables({{"loss.csv", plots[0].csv()}, {"accuracy.csv", plots[1].csv()}});
    page_.section("Learning curves", html);
  }

  void show_confusion(const ConfusionMatrix& confusion) {
    const HeatMap map = heat_map_of(confusion);
    auto scores = scores_of(confusion, [](double share) {
      return std::isnan(share) ? std::string("none") : fixed(100 * share, 2);
    });
    scores.insert(scores.begin(), {"Class", "Samples", "Precision, %", "Recall, %", "F1, %"});
    std::string csv = "class,samples,precision,recall,f1\n";
    for (const auto& row : scores_of(confusion, [](double share) { return csv_field(share); }))
      append_csv_line(csv, row);
    page_.section("Confusion matrix",
                  html_paragraph("Each row holds the test images of one class, by the class they "
                                 "were taken for: those on the diagonal are right.") +
                      html_plots({map.svg(), html_table(scores)}) +
                      tables({{"confusion.csv", map.csv()}, {"classes.csv", csv}}));
  }

  void show_mistakes(const std::vector<Mistake>& mistakes, const ConfusionMatrix& confusion) {
    const Index all = confusion.mistakes();
    std::string csv = "image,class,taken_for,probability,probability_of_class\n";
    std::vector<std::string> figures;
    for (const Mistake& m : mistakes) {
      append_csv_line(
          csv, {std::to_string(m.sample), std::to_string(m.label), std::to_string(m.predicted),
                csv_field(m.probability), csv_field(m.label_probability)});
      if (!test_.are_pictures()) continue;
      figures.push_back(
          html_figure(html_image(test_.image(m.sample), text("Test image ", m.sample)),
                      text(m.label, ", taken for ", m.predicted, ": ", percent(m.probability, 1),
                           " to ", percent(m.label_probability, 1))));
    }
    std::string intro =
        text(mistakes.size(), " of ", all, " mistakes, those first whose own class ",
             "was held the least probable.");
    if (all == 0)
      intro = confusion.samples() == 0 ? "No test image was taken for any class."
                                       : "No test image was taken for another class.";
    if (test_.are_pictures() && all > 0)
      intro +=
          " Below each: its class, the class it was taken for, and the probabilities of the "
          "latter and of its own.";
    page_.section("The most mistaken images", html_paragraph(intro) + html_images(figures, 5) +
                                                  tables({{"mistakes.csv", csv}}));
  }

  void show_first_layer() {
    const Index height = test_.height, width = test_.width;
    const auto first =
        std::find_if(report_.weights.begin(), report_.weights.end(), [&](const NamedWeight& w) {
          return w.values.cols() == height * width && w.values.size() > 0;
        });
    if (first == report_.weights.end()) return;
    // What is not finite would have no place in any order.
    const Matrix<double> w =
        first->values.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
    const std::vector<Index> rows = strongest_rows(w, report_.neurons);
    // Few weights are much larger than all others, which would be gray beside them.
    const double most = quantile_of_sizes(w, 0.995), largest = w.cwiseAbs().maxCoeff();
    const double scale = most > 0 ? most : largest > 0 ? largest : 1;
    std::vector<std::string> images;
    std::string csv;
    for (const Index row : rows) {
      images.push_back(html_image(signed_image(w.row(row).transpose(), height, width, scale),
                                  text("Weights of neuron ", row)));
      std::vector<std::string> line{std::to_string(row)};
      for (Index k = 0; k < w.cols(); ++k) line.push_back(csv_field(w(row, k), 6));
      append_csv_line(csv, line);
    }
    std::string intro =
        text("Each picture is a neuron of ", first->name, ", each pixel the weight ",
             "of that pixel of an image: gray is 0, yellow above, dark blue below.");
    if (static_cast<Index>(rows.size()) < w.rows())
      intro += text(" Of ", w.rows(), " neurons these ", rows.size(), " have the largest weights.");
    if (!first->values.allFinite()) intro += " Weights that are NaN or infinite are shown as 0.";
    const Vector<double> all_colors = Vector<double>::LinSpaced(65, -scale, scale);
    const Image legend = signed_image(all_colors.replicate(4, 1), 4, 65, scale);
    const std::string bound = short_number(scale);
    page_.section(
        "Weights of the first layer",
        html_paragraph(intro) +
            html_images({html_figure(html_image(legend, "The colors of the weights"),
                                     "-" + bound + " and below (left) to " + bound + " and above")},
                        15) +
            html_images(images, 3) + tables({{"first-layer.csv", csv}}));
  }

  void show_histograms() {
    Plot all;
    std::vector<std::string> svgs;
    for (const NamedWeight& w : report_.weights) {
      const auto zeros = (w.values.array() == 0).count();
      const auto lost = w.values.size() - w.values.array().isFinite().count();
      Plot plot{.title = text(w.name, ", ", w.values.rows(), " x ", w.values.cols()),
                .x_label = text("Weight; ", zeros, zeros == 1 ? " is 0" : " are 0",
                                lost > 0 ? text(", ", lost, " NaN or infinite") : ""),
                .y_label = "Count",
                .bars = {histogram(w.values)}};
      svgs.push_back(plot.svg());
      plot.bars[0].name = w.name;
      all.bars.push_back(plot.bars[0]);
    }
    page_.section("Distribution of the weights",
                  html_plots(svgs) + tables({{"weights.csv", all.csv()}}));
  }

  void show_options() {
    std::vector<std::vector<std::string>> rows{{"Option", "Value"}};
    for (const auto& [name, value] : report_.options) rows.push_back({name, value});
    rows.push_back({"build", build_description()});
    page_.section("Options and versions", html_table(rows));
  }

  const ReportFolder& folder_;
  const ClassifierReport& report_;
  const TestImages& test_;
  Page page_;
};

}  // namespace detail

/// Writes a report as index.html, a page that needs no other file, and beside it everything that is
/// plotted as tables: loss.csv, accuracy.csv, confusion.csv, classes.csv, mistakes.csv,
/// first-layer.csv and weights.csv. Images are shown if samples have a height and a width.
/// @param test the images that `report.outputs` are of: bytes, or numbers whose scaled values are
///             between 0, black, and 1, white; a `DatasetView` too
/// @throws ShapeError if there are not as many outputs as images; ValueError for a label that is no
///         class; FileError
template <class Input, class Target>
void write_report(const ReportFolder& folder, const ClassifierReport& report,
                  const Dataset<Input, Target>& test) {
  detail::ClassifierReportWriter(folder, report, detail::test_images(test)).write();
}

}  // namespace ridge
