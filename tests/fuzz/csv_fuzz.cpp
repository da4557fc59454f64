// Any bytes as a table, the first of them as options. Memory: 24 bytes for each of the file, since
// a field of one byte may be a double, and what describes a field of the longest line takes as much
// again. What loads is the same when it is written and read again.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/data/csv.hpp>

#include "file_of.hpp"
#include "loads.hpp"

namespace {

using Table = ridge::CsvData<double, double>;

ridge::CsvOptions options_of(std::uint8_t bits) {
  ridge::CsvOptions options{.separator = bits & 1 ? ';' : ','};
  if (bits & 2) options.header = (bits & 4) != 0;
  if (bits & 8) options.target = 1;
  if (bits & 16) options.target = "a";
  if (bits & 32) options.ignored = {"b"};
  options.missing = static_cast<ridge::Missing>(bits >> 6 & 1 ? 1 + (bits >> 7) : 0);
  return options;
}

void require_round_trip(const Table& table) {
  std::string bytes;
  for (ridge::Index n = 0; n < table.data.size(); ++n) {
    std::vector<std::string> fields;
    for (const double value : table.data.inputs().col(n))
      fields.push_back(ridge::detail::csv_field(value));
    fields.push_back(ridge::detail::csv_field(table.data.targets()(n)));
    ridge::detail::append_csv_line(bytes, fields);
  }
  const std::string path =
      fuzz::file_of({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "copy");
  const Table again =
      ridge::read_csv<double, double>(path, {.header = false, .missing = ridge::Missing::nan});
  const auto& x = table.data.inputs();
  fuzz::require(again.data.size() == table.data.size() && again.data.features() == x.rows() &&
                    (again.data.inputs().array() == x.array() ||
                     (again.data.inputs().array().isNaN() && x.array().isNaN()))
                        .all() &&
                    again.data.targets() == table.data.targets(),
                "what was written is read");
}

void require_classes(const ridge::CsvData<float, std::uint8_t>& table) {
  std::vector<bool> seen(table.classes.size(), false);
  for (const std::uint8_t label : table.data.targets()) {
    fuzz::require(label < table.classes.size(), "a label is a class");
    seen[label] = true;
  }
  for (const bool each : seen) fuzz::require(each, "a class has a sample");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ridge::CsvOptions options = options_of(data[0]);
  const std::string path = fuzz::file_of(fuzz::Bytes(data + 1, size - 1));
  const std::size_t most = (8 << 10) + 256 * size;
  Table numbers{{ridge::Matrix<double>(), ridge::Matrix<double>()}, {}, {}, {}, 0};
  if (fuzz::loads(most, [&] { numbers = ridge::read_csv<double, double>(path, options); }))
    require_round_trip(numbers);
  ridge::CsvData<float, std::uint8_t> classes{
      {ridge::Matrix<float>(), ridge::RowVector<std::uint8_t>()}, {}, {}, {}, 0};
  if (fuzz::loads(most, [&] { classes = ridge::read_csv<float, std::uint8_t>(path, options); }))
    require_classes(classes);
  return 0;
}
