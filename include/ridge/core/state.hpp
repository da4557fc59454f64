#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/optional.hpp>
#include <ridge/core/random.hpp>
#include <ridge/core/types.hpp>

namespace ridge {

namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

}  // namespace detail

/// Visits what must survive the end of a process. An object that has state has one function, for
/// writing and reading alike:
///
///     void visit_state(ridge::StateVisitor& visit) {
///       visit.same("patience", patience_);  // no state, but must be what it was
///       visit("best", best_);
///       visit("weights", weights_);
///       if (visit.reads()) check();
///     }
///
/// State is made of numbers, strings, `Random`, Eigen's matrices, optionals and vectors of these,
/// and objects that have visit_state. A matrix gets the size that it had when it was written.
///
/// `save_state` and `load_state` of <ridge/io/state.hpp> and `Checkpoint` call it. A ValueError is
/// thrown for what cannot be gone on with; whoever reads gives the object its old state back.
class StateVisitor {
 public:
  /// Whether members get the values that were written; else they are written.
  bool reads() const { return reads_; }

  template <class T>
  void operator()(std::string_view name, T& value) {
    within(name, [&] { visit(value); });
  }

  /// A matrix whose present size is the only right one.
  template <class M>
  void sized(std::string_view name, M& matrix) {
    within(name, [&] { numbers_of(matrix); });
  }

  /// Visits in f what belongs to this name.
  template <class F>
  void within(std::string_view name, const F& f) {
    const std::size_t size = name_.size();
    if (size > 0) name_ += '.';
    name_ += name;
    try {
      f();
    } catch (...) {
      name_.resize(size);
      throw;
    }
    name_.resize(size);
  }

  /// @throws ValueError when it reads what was written with another value
  template <class T>
  void same(std::string_view what, const T& value) {
    require_same(what, detail::text(value));
  }

 protected:
  /// Numbers as memory holds them, a matrix column after column.
  struct Numbers {
    char kind;         ///< 'f', 'i' or 'u': floating-point, signed, unsigned
    std::size_t size;  ///< of one, in bytes
    int rank;          ///< 0: one number, 1: a vector, 2: a matrix
    Index rows, cols;
    void* data;
  };

  explicit StateVisitor(bool reads) : reads_(reads) {}
  StateVisitor(const StateVisitor&) = default;
  StateVisitor& operator=(const StateVisitor&) = default;
  ~StateVisitor() = default;

  const std::string& name() const { return name_; }

  /// Writes them under the present name, or reads what is there, if it has their type and shape.
  virtual void visit_numbers(const Numbers& numbers) = 0;
  /// The shape of what is there to be read.
  /// @throws ValueError if it is not of this rank
  virtual std::array<Index, 2> shape(int rank) = 0;
  /// @throws ValueError if there is nothing to be read, under this name or within it
  virtual void require_any() = 0;
  virtual void require_same(std::string_view what, const std::string& value) = 0;

 private:
  template <class T>
  void visit(T& value) {
    if constexpr (requires { value.visit_state(*this); }) {
      value.visit_state(*this);
    } else if constexpr (std::same_as<T, bool>) {
      std::uint8_t byte = value;
      visit(byte);
      value = byte != 0;
    } else if constexpr (std::is_arithmetic_v<T>) {
      array(&value, 0, 1, 1);
    } else if constexpr (std::same_as<T, Random>) {
      auto words = value.state();
      array(words.data(), 1, 4, 1);
      value = Random::from_state(words);
    } else if constexpr (std::same_as<T, std::string>) {
      std::vector<std::uint8_t> bytes(value.begin(), value.end());
      visit(bytes);
      value.assign(bytes.begin(), bytes.end());
    } else if constexpr (detail::is_optional<T>) {
      bool has = value.has_value();
      (*this)("has", has);
      if (!has) value.reset();
      if (has)
        within("value", [&] {
          if (!value) value.emplace();
          visit(*value);
        });
    } else if constexpr (detail::is_vector<T>) {
      visit_vector(value);
    } else {
      static_assert(std::is_base_of_v<Eigen::PlainObjectBase<T>, T>,
                    "ridge: StateVisitor takes numbers, strings, optionals, vectors, Random, "
                    "Eigen's matrices and objects that have visit_state(visit)");
      if (reads_) resize(value);
      numbers_of(value);
    }
  }

  template <class T>
  void visit_vector(std::vector<T>& values) {
    if constexpr (std::is_arithmetic_v<T>) {
      if (reads_) values.resize(static_cast<std::size_t>(shape(1)[0]));
      array(values.data(), 1, static_cast<Index>(values.size()), 1);
    } else {
      // One by one, so that a count which promises too many fails for the first that is not there.
      std::uint64_t count = values.size();
      (*this)("size", count);
      if (reads_) values.clear();
      for (std::uint64_t i = 0; i < count; ++i)
        within(std::to_string(i), [&] {
          if (reads_) {
            require_any();
            values.emplace_back();
          }
          visit(values[static_cast<std::size_t>(i)]);
        });
    }
  }

  template <class M>
  void resize(M& matrix) {
    const auto [rows, cols] = shape(M::ColsAtCompileTime == 1 ? 1 : 2);
    if ((M::RowsAtCompileTime == Dynamic || M::RowsAtCompileTime == rows) &&
        (M::ColsAtCompileTime == Dynamic || M::ColsAtCompileTime == cols))
      matrix.resize(rows, cols);
  }

  template <class M>
  void numbers_of(M& matrix) {
    static_assert(!M::IsRowMajor || M::RowsAtCompileTime == 1,
                  "ridge: StateVisitor takes matrices that are stored column by column");
    array(matrix.data(), M::ColsAtCompileTime == 1 ? 1 : 2, matrix.rows(), matrix.cols());
  }

  template <class T>
  void array(T* data, int rank, Index rows, Index cols) {
    static_assert(sizeof(T) <= 8 && !std::same_as<T, bool>,
                  "ridge: StateVisitor takes float, double and integers, and matrices of these");
    constexpr char kind = std::floating_point<T> ? 'f' : std::signed_integral<T> ? 'i' : 'u';
    visit_numbers({kind, sizeof(T), rank, rows, cols, data});
  }

  bool reads_;
  std::string name_;
};

namespace detail {

/// Of what a layer's cache keeps from batch to batch: the generator of its random numbers.
template <class Cache>
void visit_cache(StateVisitor& visit, Cache& cache) {
  if constexpr (requires { cache.visit_state(visit); })
    cache.visit_state(visit);
  else
    static_assert(
        !requires { cache.reseed(Random{}); },
        "ridge: a layer whose cache has reseed(random) needs a visit_state(visit) there "
        "too, or a run with it could not be resumed; see docs/extending.md");
}

/// Of what was read: rejects a count that is negative, or so large that counting on would overflow.
template <std::integral T>
void require_count(T count, std::string_view what) {
  if (count < 0 || count > std::numeric_limits<T>::max() / 2)
    throw ValueError(text("its ", what, " is ", count, ", which cannot be"));
}

/// A type in words that compilers agree on, "ridge::SGD": without spaces and keywords.
inline std::string plain_type(std::string_view spelled) {
  std::string plain(spelled);
  const auto replace = [&](std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = plain.find(from, at)) != plain.npos; at += to.size())
      plain.replace(at, from.size(), to);
  };
  replace("(anonymous namespace)", "{anonymous}");
  replace("`anonymous-namespace'", "{anonymous}");
  replace("struct ", "");
  replace("class ", "");
  replace(" ", "");
  return plain;
}

template <class T>
std::string type_name() {
#ifdef _MSC_VER
  constexpr std::string_view whole = __FUNCSIG__, before = "type_name<", after = ">(void)";
#else
  // gcc: "... type_name() [with T = X; std::string = ...]"; clang: "... [T = X]"
  constexpr std::string_view whole = __PRETTY_FUNCTION__, before = "T = ", after = "]";
#endif
  constexpr std::size_t begin = whole.find(before) + before.size();
  constexpr std::size_t alias = whole.find("; std::", begin);
  constexpr std::size_t end = alias != whole.npos ? alias : whole.rfind(after);
  return plain_type(whole.substr(begin, end - begin));
}

}  // namespace detail
}  // namespace ridge
