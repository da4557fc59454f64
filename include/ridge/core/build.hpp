#pragma once

#include <string>

#include <Eigen/Core>

#include <ridge/version.hpp>

namespace ridge {

/// What the same numbers depend on beside a program's own seed and options: "ridge 0.1.0, Eigen
/// 3.4.0, gcc 12.2.0, AVX512, FMA, AVX2, ...". Two builds that differ in it may differ in the last
/// bits.
inline std::string build_description() {
  std::string text = "ridge " RIDGE_VERSION ", Eigen ";
  text += std::to_string(EIGEN_WORLD_VERSION) + '.' + std::to_string(EIGEN_MAJOR_VERSION) + '.' +
          std::to_string(EIGEN_MINOR_VERSION);
#if defined(__clang__)
  text += ", clang " + std::to_string(__clang_major__) + '.' + std::to_string(__clang_minor__) +
          '.' + std::to_string(__clang_patchlevel__);
#elif defined(__GNUC__)
  text += ", gcc " + std::to_string(__GNUC__) + '.' + std::to_string(__GNUC_MINOR__) + '.' +
          std::to_string(__GNUC_PATCHLEVEL__);
#elif defined(_MSC_VER)
  text += ", msvc " + std::to_string(_MSC_VER);
#endif
  return text + ", " + Eigen::SimdInstructionSetsInUse();
}

}  // namespace ridge
