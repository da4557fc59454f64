// Catch2, version 3 or 2.13: the one place that knows which.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <functional>
#include <string>
#include <string_view>

namespace test {

/// The message of the E that `act` throws; fails the test if it throws anything else or nothing.
template <class E, class F>
std::string message_of(F&& act) {
  try {
    std::forward<F>(act)();
  } catch (const E& error) {
    return error.what();
  }
  FAIL("nothing was thrown");
  return {};
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace test
