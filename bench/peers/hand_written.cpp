// The tiny jobs of common.hpp by hand: every size a constant, and 16 neurons a vector of the
// compiler's own (gcc, clang), since plain loops over 16 floats take gcc 12 a third longer or more.

#include <algorithm>
#include <cstddef>

#include "common.hpp"

namespace {

constexpr int in = 4, hidden = 16;
constexpr float rate = peers::tiny_rate;

using Row = float __attribute__((vector_size(hidden * sizeof(float))));

const float* numbers(const Row& row) { return reinterpret_cast<const float*>(&row); }

Row relu(Row z) { return z > 0 ? z : Row{}; }

float sum(const Row& row) {
  const auto eight = __builtin_shufflevector(row, row, 0, 1, 2, 3, 4, 5, 6, 7) +
                     __builtin_shufflevector(row, row, 8, 9, 10, 11, 12, 13, 14, 15);
  const auto four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
                    __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

template <int Samples>
class Net {
 public:
  explicit Net(const peers::TinyBatch& batch) {
    unsigned seed = 3;
    const auto fill = [&](auto* to, std::size_t count, int fan_in) {
      std::ranges::copy(peers::initial(count, fan_in, seed++), reinterpret_cast<float*>(to));
    };
    fill(w1_, in * hidden, in);
    fill(&b1_, hidden, in);
    fill(w2_, hidden * hidden, hidden);
    fill(&b2_, hidden, hidden);
    fill(&w3_, hidden, hidden);
    fill(&b3_, 1, hidden);
    transpose();
    std::ranges::copy(batch.inputs, x_[0]);
    std::ranges::copy(batch.targets, targets_);
  }

  float step() {
    for (int n = 0; n < Samples; ++n) h1_[n] = relu(combine<in>(b1_, x_[n], w1_));
    for (int n = 0; n < Samples; ++n) h2_[n] = relu(combine<hidden>(b2_, numbers(h1_[n]), w2_));

    float loss = 0, gb3 = 0;
    Row gw3{};
    for (int n = 0; n < Samples; ++n) {
      const float error = sum(h2_[n] * w3_) + b3_ - targets_[n];
      const float dy = 2.0f / Samples * error;
      loss += error * error;
      gb3 += dy;
      gw3 += dy * h2_[n];
      dz2_[n] = h2_[n] > 0 ? dy * w3_ : Row{};
    }
    for (int n = 0; n < Samples; ++n) {
      const Row dh = combine<hidden>(Row{}, numbers(dz2_[n]), w2_transposed_);
      dz1_[n] = h1_[n] > 0 ? dh : Row{};
    }

    b3_ -= rate * gb3;
    w3_ -= rate * gw3;
    Row w1[in], w2[hidden];  // in registers
    for (int i = 0; i < in; ++i) w1[i] = w1_[i];
    for (int i = 0; i < hidden; ++i) w2[i] = w2_[i];
    for (int n = 0; n < Samples; ++n) {
      const Row change = -rate * dz2_[n];
      b2_ += change;
      for (int i = 0; i < hidden; ++i) w2[i] += numbers(h1_[n])[i] * change;
    }
    for (int n = 0; n < Samples; ++n) {
      const Row change = -rate * dz1_[n];
      b1_ += change;
      for (int i = 0; i < in; ++i) w1[i] += x_[n][i] * change;
    }
    for (int i = 0; i < in; ++i) w1_[i] = w1[i];
    for (int i = 0; i < hidden; ++i) w2_[i] = w2[i];
    if constexpr (Samples == 1) {  // cheaper than to transpose
      const Row change = -rate * h1_[0];
      for (int j = 0; j < hidden; ++j) w2_transposed_[j] += numbers(dz2_[0])[j] * change;
    } else {
      transpose();
    }
    return loss / Samples;
  }

 private:
  /// start + the sum of factors[i] rows[i].
  template <int Rows>
  static Row combine(Row start, const float* factors, const Row* rows) {
    // Samples keep each other company; a lone one would wait for each addition.
    constexpr int sums = Samples == 1 ? 4 : 1;
    Row partial[sums] = {start};
    for (int i = 0; i < Rows; ++i) partial[i % sums] += factors[i] * rows[i];
    for (int k = 1; k < sums; ++k) partial[0] += partial[k];
    return partial[0];
  }

  void transpose() {
    for (int i = 0; i < hidden; ++i)
      for (int j = 0; j < hidden; ++j) w2_transposed_[j][i] = w2_[i][j];
  }

  Row w1_[in], b1_, w2_[hidden], w2_transposed_[hidden], b2_, w3_;
  Row h1_[Samples], h2_[Samples], dz1_[Samples], dz2_[Samples];
  float x_[Samples][in], targets_[Samples], b3_;
};

template <int Samples>
void train(const peers::Job& job) {
  Net<Samples> net{peers::TinyBatch(Samples)};
  peers::time_steps(job, [&] { return net.step(); });
}

}  // namespace

int main(int argc, char** argv) {
  return peers::run(argc, argv, [](const peers::Job& job) {
    if (job.name == "tiny1")
      train<1>(job);
    else if (job.name == "tiny32")
      train<32>(job);
    else
      return false;
    return true;
  });
}
