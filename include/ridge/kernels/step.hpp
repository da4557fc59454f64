#pragma once

#include <Eigen/Core>

namespace ridge::detail {

/// x > 0 ? above : below, for `unaryExpr`, which Eigen's own comparisons compute element by
/// element.
template <class S>
struct Step {
  S below, above;

  S operator()(S x) const { return x > S(0) ? above : below; }

  template <class P>
  P packetOp(const P& x) const {
    using namespace Eigen::internal;
    return pselect(pcmp_lt(pset1<P>(S(0)), x), pset1<P>(above), pset1<P>(below));
  }
};

}  // namespace ridge::detail

template <class S>
struct Eigen::internal::functor_traits<ridge::detail::Step<S>> {
  enum { Cost = 2 * NumTraits<S>::AddCost, PacketAccess = packet_traits<S>::HasCmp };
};
