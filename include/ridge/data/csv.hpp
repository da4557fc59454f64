#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/data/csv_classes.hpp>
#include <ridge/data/csv_field.hpp>
#include <ridge/data/csv_reader.hpp>
#include <ridge/data/dataset.hpp>

namespace ridge {

/// What becomes of a line with a missing value: a field that is empty, NA, N/A, NaN, null or ?.
enum class Missing {
  refused,  ///< an error names line and column
  skipped,  ///< the line is left out
  nan       ///< a feature is NaN; a line without a target is left out, since it teaches nothing
};

/// How `read_csv` reads a table.
struct CsvOptions {
  char separator = ',';
  std::optional<bool> header = {};  ///< whether the first line has names; found out unless given

  /// By name, or by number: from 1, or from the end by -1, the last.
  std::variant<Index, std::string> target = Index{-1};

  /// Names of the columns that are features, in this order; all others if there are none. Without a
  /// header a column's name is its number, "1" the first.
  std::vector<std::string> features = {};
  std::vector<std::string> ignored = {};  ///< names of columns that are neither
  Missing missing = Missing::refused;

  /// The names of the classes in their order, such as those of the training data; found if empty.
  /// A target with one of these names is never missing, be it "NA".
  std::vector<std::string> classes = {};
  double scale = 1.0;             ///< of the dataset
  std::vector<Index> shape = {};  ///< of one sample
};

/// What a table held.
template <class Input, class Target>
struct CsvData {
  Dataset<Input, Target> data;
  std::vector<std::string> features;  ///< names of the features, in the dataset's order
  std::string target;                 ///< name of the target
  std::vector<std::string> classes;   ///< names of the classes 0, 1, ...; none for regression
  Index skipped = 0;                  ///< lines left out, by `Missing`
};

/// What a table of features alone held.
template <class Input>
struct CsvInputs {
  Matrix<Input> inputs;               ///< features x samples
  std::vector<std::string> features;  ///< names of the features, in that order
  Index skipped = 0;                  ///< lines left out, by `Missing`
};

namespace detail {

inline std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 10;
  std::string out;
  for (std::size_t k = 0; k < std::min(most, names.size()); ++k)
    out += (k > 0 ? ", " : "") + shown(names[k]);
  return out + (names.size() > most ? text(", ... (", names.size(), ")") : "");
}

/// Which columns of a table are what.
struct CsvColumns {
  std::vector<std::string> names;
  std::optional<std::size_t> target;
  std::vector<std::size_t> features;
  bool has_header;

  /// For messages: "" without a header.
  std::string_view name(std::size_t column) const {
    return has_header ? std::string_view(names[column]) : std::string_view();
  }
};

/// Whether the first line has names: no field in it is a number, the target's left out. Some that
/// are and some that are not are an error, since a wrong guess would lose a line.
inline bool has_header(CsvReader& first, std::optional<std::size_t> target) {
  std::optional<std::size_t> number, word;
  for (std::size_t c = 0; c < first.size(); ++c) {
    if (c == target || is_missing(first[c])) continue;
    (is_number(first[c]) ? number : word) = c;
  }
  if (number && word)
    first.fail(*word, "",
               text("expected a number as in column ", *number + 1, ", got ", shown(first[*word]),
                    "; if these are names of columns, set .header = true; if not, "
                    ".header = false and the column's number among .ignored"));
  return word.has_value();
}

/// What may be wrong with a line of a single field; "" if nothing is.
inline const char* separator_hint(std::string_view line) {
  return line.find(';') != line.npos    ? "; perhaps .separator = ';' helps"
         : line.find('\t') != line.npos ? "; perhaps .separator = '\\t' helps"
         : line.find(',') != line.npos  ? "; perhaps .separator = ',' helps"
                                        : "";
}

/// Reads the header, if there is one; the first line stays the reader's present one.
inline CsvColumns read_csv_columns(CsvReader& in, const CsvOptions& options, bool with_target) {
  const std::size_t count = in.size();
  const auto wrong = [&](const std::string& what) { throw ValueError(in.path() + ": " + what); };
  if (count < 2 && with_target)
    in.fail(text("expected columns of features and a target, got one column, ", shown(in[0]),
                 separator_hint(in[0])));
  std::optional<std::size_t> target;
  if (const auto* number = std::get_if<Index>(&options.target); number && with_target) {
    const auto columns = static_cast<Index>(count);
    if (*number == 0 || *number > columns || *number < -columns)
      wrong(text("the target is column ", *number, ", but there are ", columns, ": give 1 to ",
                 columns, ", or -1 for the last"));
    target = static_cast<std::size_t>(*number > 0 ? *number - 1 : columns + *number);
  }
  const bool named = with_target && !target;
  CsvColumns columns{
      {}, {}, {}, options.header ? *options.header : named || has_header(in, target)};
  for (std::size_t c = 0; c < count; ++c)
    columns.names.push_back(columns.has_header ? std::string(in[c]) : std::to_string(c + 1));
  const auto find = [&](const std::string& name) {
    const auto& names = columns.names;
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      wrong(text("there is no column ", shown(name), ", but ", listed(names),
                 columns.has_header ? "" : ": the table has no header"));
    if (std::find(at + 1, names.end(), name) != names.end())
      wrong(text("two columns are named ", shown(name), "; rename one"));
    return static_cast<std::size_t>(at - names.begin());
  };
  columns.target = named ? find(std::get<std::string>(options.target)) : target;
  std::vector<bool> used(count, false);
  if (columns.target) used[*columns.target] = true;
  const auto use = [&](const std::string& name) {
    const std::size_t column = find(name);
    if (column == columns.target && named)
      wrong(text("column ", shown(name), " is asked for as the target and as something else"));
    if (column == columns.target)
      wrong(text("column ", shown(name),
                 " is the target, as .target = ", std::get<Index>(options.target),
                 " says, and asked for as something else; name another .target, or take "
                 "read_csv_inputs where only features are wanted"));
    if (used[column]) wrong(text("column ", shown(name), " is asked for twice"));
    used[column] = true;
    return column;
  };
  for (const std::string& name : options.ignored) use(name);
  for (const std::string& name : options.features) columns.features.push_back(use(name));
  if (options.features.empty())
    for (std::size_t c = 0; c < count; ++c)
      if (!used[c]) columns.features.push_back(c);
  if (columns.features.empty()) wrong("no column is left for the features");
  return columns;
}

/// One number of a table.
template <class S>
S csv_number(CsvReader& in, std::size_t column, const CsvColumns& columns) {
  S value{};
  const std::errc error = parse_number(in[column], value);
  if (error == std::errc()) return value;
  const std::string_view field = in[column];
  std::string expected = "a number";
  if constexpr (std::integral<S>)
    expected = text("an integer from ", std::numeric_limits<S>::min(), " to ",
                    std::numeric_limits<S>::max());
  const char* hint = "; a column of text is left out by .ignored = {its name}";
  if (std::unsigned_integral<S> && field.starts_with('-') && is_number(field))
    hint =
        "; for numbers below 0 take float, or an integer type with a sign, as the type of inputs";
  else if (error == std::errc::result_out_of_range)
    hint = "; it is too large for the type that it is to be stored in";
  else if (is_number(field))
    hint = "; for fractions take float or double as the type of inputs";
  else if (columns.names.size() == 1 && field.find_first_of(";\t") != field.npos)
    hint = separator_hint(field);
  else if (field.find(',') != field.npos &&
           field.find_first_not_of("0123456789+-.,' ") == field.npos)
    hint = "; decimals are written with a point, and thousands are not separated";
  in.fail(column, columns.name(column), text("expected ", expected, ", got ", shown(field), hint));
}

/// The targets of a table, as `read_csv_rows` has them taken.
template <class Target>
class CsvTargets {
 public:
  using Targets = typename Dataset<Target, Target>::Targets;
  static constexpr bool has_classes = Dataset<Target, Target>::has_classes;

  CsvTargets(CsvReader& in, const CsvColumns& columns, const CsvOptions& options)
      : in_(in), columns_(columns), options_(options), classes_(options.classes) {}

  /// Of the present line.
  bool is_missing() const {
    return detail::is_missing(in_[column()]) && !classes_.is_given(in_[column()]);
  }

  void resize(Index samples) { values_.conservativeResize(1, samples); }

  void take(Index sample) {
    if constexpr (has_classes) {
      const auto label = classes_(in_[column()]);
      if (!label)
        in_.fail(column(), columns_.name(column()),
                 text("the class ", shown(in_[column()]),
                      " is none of those in .classes: ", listed(options_.classes)));
      if (std::cmp_greater(*label, std::numeric_limits<Target>::max()))
        in_.fail(column(), columns_.name(column()),
                 text("this is class ", *label + 1,
                      ", more than the type of targets can count"
                      "; is the target a number, and its type to be float or double?"));
      values_(sample) = static_cast<Target>(*label);
    } else {
      values_(sample) = csv_number<Target>(in_, column(), columns_);
    }
  }

  /// The names of the classes, by whose order the targets are numbered from now on.
  std::vector<std::string> sort_classes() {
    std::vector<std::string> names;
    if constexpr (has_classes) {
      names = classes_.names();
      if (options_.classes.empty()) {
        require_no_fractions(in_.path(), names);
        require_one_spelling(in_.path(), names);
      }
      const std::vector<Index> order = classes_.order(names);
      for (auto& label : values_.reshaped())
        label = static_cast<Target>(order[static_cast<std::size_t>(label)]);
    }
    return names;
  }

  Targets& values() { return values_; }

 private:
  std::size_t column() const { return *columns_.target; }

  CsvReader& in_;
  const CsvColumns& columns_;
  const CsvOptions& options_;
  CsvClasses classes_;
  Targets values_{1, 0};
};

/// A table's lack of targets.
struct CsvNoTargets {
  bool is_missing() const { return false; }
  void resize(Index) {}
  void take(Index) {}
};

/// Reads the lines of a table: the features, and what `targets` takes of each.
template <class Input, class Targets>
CsvInputs<Input> read_csv_rows(CsvReader& in, const CsvColumns& columns, const CsvOptions& options,
                               Targets& targets) {
  const auto features = static_cast<Index>(columns.features.size());
  Matrix<Input> inputs(features, 0);
  Index samples = 0, skipped = 0;
  for (bool there = !columns.has_header || in.next(); there; there = in.next()) {
    if (in.size() != columns.names.size())
      in.fail(text("it has ", in.size(), " fields, but the first line has ", columns.names.size(),
                   "; put a field with separators in it in quotes"));
    if (columns.names.size() == 1 && in.empty_lines() > 0 &&
        (columns.has_header || samples + skipped > 0))
      in.fail(0, columns.name(0),
              "the line before is empty; a value that is missing is written NA, since empty lines "
              "do not count");
    std::optional<std::size_t> missing;
    for (const std::size_t c : columns.features)
      if (is_missing(in[c])) missing = c;
    const bool no_target = targets.is_missing();
    if (no_target) missing = columns.target;
    if (missing && options.missing == Missing::refused)
      in.fail(*missing, columns.name(*missing),
              text("the value is missing, the field is ", shown(in[*missing]),
                   "; .missing = Missing::skipped leaves such lines out",
                   no_target ? "" : ", Missing::nan takes NaN"));
    if (missing && (no_target || options.missing == Missing::skipped)) {
      ++skipped;
      continue;
    }
    if (samples == inputs.cols()) {
      // As many more as the file seems to have, and never more than it can have.
      const auto done = in.offset();
      const auto left = in.size_of_file() > done ? in.size_of_file() - done : 0;
      const auto row = done / static_cast<std::uint64_t>(samples + skipped + 1);
      const auto shortest = static_cast<std::uint64_t>(columns.names.size());
      const auto more = std::max(left / std::max(row - row / 32, shortest) + 1,
                                 left == 0 ? static_cast<std::uint64_t>(samples / 2) : 0);
      inputs.conservativeResize(features, samples + static_cast<Index>(more));
      targets.resize(samples + static_cast<Index>(more));
    }
    for (Index i = 0; i < features; ++i) {
      const std::size_t c = columns.features[static_cast<std::size_t>(i)];
      if constexpr (std::floating_point<Input>)
        if (missing && is_missing(in[c])) {
          inputs(i, samples) = std::numeric_limits<Input>::quiet_NaN();
          continue;
        }
      inputs(i, samples) = csv_number<Input>(in, c, columns);
    }
    targets.take(samples);
    ++samples;
  }
  if (samples == 0)
    throw FormatError(
        in.path(), in.offset(),
        skipped > 0 ? "a value is missing in every line" : "no line of values follows the header");
  inputs.conservativeResize(features, samples);
  targets.resize(samples);
  std::vector<std::string> names;
  for (const std::size_t c : columns.features) names.push_back(columns.names[c]);
  return {std::move(inputs), std::move(names), skipped};
}

/// Opens a table, at its first line.
/// @throws ValueError for options that fit no table
template <class Input>
CsvReader open_csv(const std::filesystem::path& path, const CsvOptions& options) {
  static_assert(!std::is_const_v<Input> && std::is_arithmetic_v<Input>,
                "ridge::read_csv: the types are of numbers, such as read_csv<float, int>");
  if (!std::floating_point<Input> && options.missing == Missing::nan)
    throw ValueError(
        "read_csv: integers cannot be NaN; take float or double as the type of inputs");
  if (options.separator == '"' || options.separator == '\n' || options.separator == '\r')
    throw ValueError("read_csv: the separator cannot be a quote or the end of a line");
  CsvReader in(path, options.separator);
  if (!in.next()) throw FormatError(in.path(), 0, "the file is empty; expected a table");
  return in;
}

}  // namespace detail

/// Reads a table of comma-separated values (RFC 4180) with a sample in each line.
///
///     const auto houses = read_csv<double, double>("houses.csv", {.target = "price"});
///     const auto flowers = read_csv<float, int>("iris.csv");   // classes by names or numbers
///
/// Numbers are read the same in every locale; of the whole file nothing but the dataset is kept in
/// memory. Classes are numbered by the order of their names, that of their sizes if all are
/// numbers: give the `classes` of the training data where test data are read.
///
/// @tparam Input  of the features, a floating-point type, or an integer type for bytes of images
/// @tparam Target an integer type for classes, a floating-point type for regression
/// @throws FileError   if the file cannot be opened or read
/// @throws FormatError with line and column for what is no number, for lines of another length than
///                     the first, missing values, unknown classes, and a table without samples
/// @throws ValueError  for options that do not fit the table
template <class Input, class Target>
CsvData<Input, Target> read_csv(const std::filesystem::path& path, const CsvOptions& options = {}) {
  static_assert(std::is_arithmetic_v<Target> && !std::is_same_v<Target, bool> &&
                    !std::is_same_v<Target, char>,
                "ridge::read_csv: the types are of numbers, such as read_csv<float, int>");
  detail::CsvReader in = detail::open_csv<Input>(path, options);
  const detail::CsvColumns columns = detail::read_csv_columns(in, options, true);
  detail::CsvTargets<Target> targets(in, columns, options);
  CsvInputs<Input> read = detail::read_csv_rows<Input>(in, columns, options, targets);
  std::vector<std::string> classes = targets.sort_classes();
  return {Dataset<Input, Target>(std::move(read.inputs), std::move(targets.values()), options.scale,
                                 options.shape),
          std::move(read.features), columns.names[*columns.target], std::move(classes),
          read.skipped};
}

/// Reads a table of features without targets, of samples to predict:
///
///     const auto rows = read_csv_inputs<float>("new.csv", {.features = train.features});
///     const auto prices = predict(net, standardize(rows.inputs));
///
/// All columns are features, unless they are named or ignored. Of the options `target`, `classes`,
/// `scale` and `shape` count for nothing.
/// @throws FileError, FormatError, ValueError as `read_csv` does
template <class Input>
CsvInputs<Input> read_csv_inputs(const std::filesystem::path& path,
                                 const CsvOptions& options = {}) {
  detail::CsvReader in = detail::open_csv<Input>(path, options);
  const detail::CsvColumns columns = detail::read_csv_columns(in, options, false);
  detail::CsvNoTargets none;
  return detail::read_csv_rows<Input>(in, columns, options, none);
}

}  // namespace ridge
