#pragma once

#include <Eigen/Core>

namespace ridge::detail {

/// sign(w) max(|w| - t, 0) for t >= 0, for `binaryExpr`: exactly zero where |w| <= t. NaN stays,
/// that of t too: of two numbers, min and max give the first unless the second is less or greater.
template <class S>
struct SoftThreshold {
  S operator()(S w, S t) const {
    const S below = w < t ? w : t;
    return w - (below < -t ? -t : below);
  }

  template <class P>
  P packetOp(const P& w, const P& t) const {
    using namespace Eigen::internal;
    return psub(w, pmax(pmin(t, w), pnegate(t)));
  }
};

}  // namespace ridge::detail

template <class S>
struct Eigen::internal::functor_traits<ridge::detail::SoftThreshold<S>> {
  enum { Cost = 4 * NumTraits<S>::AddCost, PacketAccess = packet_traits<S>::HasMin };
};
