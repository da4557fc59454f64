// Large pages are asked for where whole ones lie in the memory, and nowhere else.
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include <ridge/data/large_pages.hpp>

#include "catch.hpp"

#ifdef __linux__
#include <sys/mman.h>

namespace {

constexpr std::size_t large = std::size_t{1} << 21;

/// How many bytes of [begin, begin + size) the system has been asked to back with large pages.
std::size_t asked_for(const std::byte* begin, std::size_t size) {
  const auto first = reinterpret_cast<std::uintptr_t>(begin);
  std::ifstream maps("/proc/self/smaps");
  std::uintptr_t from = 0, to = 0;
  std::size_t all = 0;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word.find('-') != std::string::npos && word.back() != ':') {
      from = std::stoull(word, nullptr, 16);
      to = std::stoull(word.substr(word.find('-') + 1), nullptr, 16);
    } else if (word == "VmFlags:") {
      while (words >> word)
        if (word == "hg" && from >= first && to <= first + size) all += to - from;
    }
  }
  return all;
}

TEST_CASE("large pages are asked for where they fit", "[large_pages]") {
  constexpr std::size_t size = 4 * large;
  void* const memory =
      mmap(nullptr, size + large, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  auto* const begin =
      static_cast<std::byte*>(memory) + -reinterpret_cast<std::uintptr_t>(memory) % large;
  const auto ask = [&](std::size_t offset, std::size_t bytes) {
    madvise(begin, size, MADV_NOHUGEPAGE);
    ridge::detail::prefer_large_pages(begin + offset, bytes);
    return asked_for(begin, size) / large;
  };
  if (madvise(begin, large, MADV_HUGEPAGE) != 0 || asked_for(begin, size) != large) {
    WARN("skipped: this system does not say which pages are large");
  } else {
    CHECK(ask(0, size) == 4);
    CHECK(ask(64, size - 64) == 3);
    CHECK(ask(0, size - 1) == 3);
    CHECK(ask(64, 2 * large) == 1);
    CHECK(ask(64, 2 * large - 65) == 0);
    CHECK(ask(64, 100) == 0);
  }
  munmap(memory, size + large);
}

}  // namespace

#endif
