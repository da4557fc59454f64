// Times ridge's paths of the elastic net on the data of data.py; run by
// bench/compare_linear_models.sh.
//
//   paths FOLDER JOB
//
// Prints seconds for the fit alone, how many lambdas were fitted, and the objective at the last of
// them.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <Eigen/SparseCore>

#include <ridge/linear/elastic_net_path.hpp>

namespace {

using namespace ridge;

template <class T>
std::vector<T> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<T> values(static_cast<std::size_t>(file.tellg()) / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

template <class X, class Y>
void run(const X& x, const Y& y, const ElasticNetOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const LinearPath path = elastic_net_path(x, y, options);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  const Index last = path.size() - 1;
  std::printf("%.6f %d %.10f %d\n", time.count(), static_cast<int>(path.size()),
              path.deviance_ratio(last), static_cast<int>(path.non_zeros(last)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string folder = std::string(argv[1]) + "/", job = argv[2];
  const auto sizes = read<std::int64_t>(folder + "sizes.bin");
  const Index samples = sizes[0], features = sizes[1];
  ElasticNetOptions options{.lambdas = read<double>(folder + job + "_lambdas.bin")};
  if (argc > 3) options.tolerance = std::stod(argv[3]);
  const auto y = read<double>(folder + (job == "gaussian" ? "y.bin" : "labels.bin"));
  const RowVector<double> numbers = Eigen::Map<const RowVector<double>>(y.data(), samples);
  const RowVector<int> labels = numbers.cast<int>();
  const auto run_on = [&](const auto& x) {
    if (job == "gaussian")
      run(x, numbers, options);
    else
      run(x, labels, options);
  };
  if (sizes[2] > 0) {
    const auto rows = read<std::int32_t>(folder + "rows.bin");
    const auto starts = read<std::int32_t>(folder + "starts.bin");
    const auto values = read<double>(folder + "values.bin");
    // Columns are features: as features x samples that is row-major.
    const Eigen::Map<const Eigen::SparseMatrix<double, Eigen::RowMajor>> x(
        features, samples, static_cast<Index>(values.size()), starts.data(), rows.data(),
        values.data());
    run_on(Eigen::SparseMatrix<double, Eigen::RowMajor>(x));
  } else {
    const auto values = read<double>(folder + "x.bin");  // a feature after the other
    run_on(Matrix<double>(
        Eigen::Map<const Matrix<double>>(values.data(), samples, features).transpose()));
  }
}
