#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <Eigen/Eigenvalues>

#include <ridge/core/types.hpp>

namespace ridge::detail {

/// a = u diag(d) v^T with orthonormal columns in u and v, and d > 0: what is zero but for rounding
/// is left out, so that there are as many as the rank of a.
struct ThinSvd {
  Matrix<double> u;
  Vector<double> d;
  Matrix<double> v;
};

/// Turns columns of `b` until they are orthogonal, and those of `v` with them (Hestenes, 1958):
/// relatively small singular values are found too, which eigenvalues of b^T b would lose.
/// @param negligible norms up to which a column counts as zero
inline void orthogonalize_columns(Matrix<double>& b, Matrix<double>& v, double negligible) {
  const double tolerance =
      4 * std::numeric_limits<double>::epsilon() * std::sqrt(static_cast<double>(b.rows()));
  const Index n = b.cols();
  Matrix<double> gram(n, n);
  for (int sweep = 0; sweep < 40; ++sweep) {
    gram.noalias() = b.transpose() * b;
    bool turned = false;
    for (Index j = 1; j < n; ++j)
      for (Index i = 0; i < j; ++i) {
        // The product says which pairs to look at, though earlier turns have changed some of them.
        if (std::abs(gram(i, j)) <= tolerance * std::sqrt(gram(i, i) * gram(j, j))) continue;
        const double ii = b.col(i).squaredNorm(), jj = b.col(j).squaredNorm();
        if (std::sqrt(std::min(ii, jj)) <= negligible) continue;
        const double ij = b.col(i).dot(b.col(j));
        if (std::abs(ij) <= tolerance * std::sqrt(ii * jj)) continue;
        const double zeta = (jj - ii) / (2 * ij);
        const double t = std::copysign(1 / (std::abs(zeta) + std::hypot(1.0, zeta)), zeta);
        const double c = 1 / std::hypot(1.0, t), s = c * t;
        for (Matrix<double>* m : {&b, &v}) {
          const Vector<double> old = m->col(i);
          m->col(i) = c * old - s * m->col(j);
          m->col(j) = s * old + c * m->col(j);
        }
        turned = true;
      }
    if (!turned) return;
  }
}

/// Eigenvectors of a^T a (or a a^T, the smaller one) come first, since they are fast and leave few
/// turns to do.
inline ThinSvd thin_svd(const Matrix<double>& a) {
  if (a.rows() < a.cols()) {
    ThinSvd flipped = thin_svd(a.transpose());
    return {std::move(flipped.v), std::move(flipped.d), std::move(flipped.u)};
  }
  // Scaled, so that squares neither overflow nor vanish.
  const double scale = a.size() > 0 ? a.cwiseAbs().maxCoeff() : 0;
  if (scale == 0)
    return {Matrix<double>(a.rows(), 0), Vector<double>(0), Matrix<double>(a.cols(), 0)};
  const Matrix<double> scaled = a / scale;
  Matrix<double> v =
      Eigen::SelfAdjointEigenSolver<Matrix<double>>(scaled.transpose() * scaled).eigenvectors();
  Matrix<double> b = scaled * v;
  const double negligible = std::numeric_limits<double>::epsilon() * static_cast<double>(a.rows()) *
                            b.colwise().norm().maxCoeff();
  orthogonalize_columns(b, v, negligible);
  ThinSvd svd{std::move(b), Vector<double>(v.cols()), std::move(v)};
  Index rank = 0;
  for (Index j = 0; j < svd.u.cols(); ++j) {
    const double norm = svd.u.col(j).norm();
    if (norm <= negligible || norm * scale == 0) continue;
    svd.u.col(rank) = svd.u.col(j) / norm;
    svd.v.col(rank) = svd.v.col(j);
    svd.d(rank++) = norm * scale;
  }
  svd.u.conservativeResize(Eigen::NoChange, rank);
  svd.v.conservativeResize(Eigen::NoChange, rank);
  svd.d.conservativeResize(rank);
  return svd;
}

}  // namespace ridge::detail
