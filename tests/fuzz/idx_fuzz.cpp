// Any bytes as an IDX file, gzipped or not. Memory: what the header promises, and no more than a
// file of that size can hold. What loads is the same when it is written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <variant>

#include <ridge/data/idx.hpp>

#include "file_of.hpp"
#include "loads.hpp"

namespace {

/// In bytes; 0 if there is no header.
std::size_t promise_of(const std::string& path) {
  using namespace ridge::detail;
  try {
    ByteReader in(path);
    const auto [type, shape] = read_idx_header(in);
    const std::size_t sizes[] = {1, 1, 0, 2, 4, 4, 8};
    return saturating_product(idx_size(shape), sizes[static_cast<unsigned>(type) - 8]);
  } catch (const ridge::Error&) {
    return 0;
  }
}

template <class T>
void require_round_trip(const ridge::Idx<T>& idx, const std::string& path) {
  ridge::write_idx(path, idx);
  const auto again = ridge::read_idx<T>(path);
  // Not ==, which NaN is not with itself.
  const auto bytes = static_cast<std::size_t>(idx.values.size()) * sizeof(T);
  fuzz::require(again.shape == idx.shape && again.values.rows() == idx.values.rows() &&
                    again.values.cols() == idx.values.cols() &&
                    (bytes == 0 || std::memcmp(again.values.data(), idx.values.data(), bytes) == 0),
                "what was written is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Bytes input(data, size);
  const std::string path = fuzz::file_of(input);
  const std::size_t longest = fuzz::longest_content(input);
  const bool gzipped = longest > size;
  const std::size_t most = gzipped ? std::min(longest, promise_of(path)) : longest;
  ridge::AnyIdx any;
  if (!fuzz::loads(fuzz::idx_overhead + most, [&] { any = ridge::read_idx(path); })) return 0;
  const std::string copy = fuzz::path_of(gzipped ? "copy.gz" : "copy");
  std::visit([&](const auto& idx) { require_round_trip(idx, copy); }, any);
  return 0;
}
