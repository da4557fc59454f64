// Tables as datasets: what is read, and what is refused with line and column.
#include <clocale>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <ridge/core/csv.hpp>
#include <ridge/data/csv.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace ridge;
using namespace std::string_literals;
using test::contains;
using test::message_of;

const test::TemporaryFolder folder;

std::filesystem::path put(const std::string& bytes) {
  test::write_file(folder / "t.csv", bytes);
  return folder / "t.csv";
}

auto numbers(const std::string& bytes, const CsvOptions& options = {}) {
  return read_csv<double, double>(put(bytes), options);
}
auto classes(const std::string& bytes, const CsvOptions& options = {}) {
  return read_csv<float, int>(put(bytes), options);
}

/// The message without the file's path.
template <class F>
std::string refusal(F&& read) {
  const std::string message = message_of<FormatError>(read), path = (folder / "t.csv").string();
  CHECK(message.substr(0, path.size() + 2) == path + ": ");
  return message.substr(std::min(message.size(), path.size() + 2));
}
std::string refused(const std::string& bytes, const CsvOptions& options = {}) {
  return refusal([&] { numbers(bytes, options); });
}

const std::string table = "rooms,age,price\n1,2,3\n4,5,6\n";

void check_table(const CsvData<double, double>& csv) {
  CHECK(csv.data.inputs() == Matrix<double>{{1, 4}, {2, 5}});
  CHECK(csv.data.targets() == RowVector<double>{{3, 6}});
  CHECK(csv.skipped == 0);
  CHECK(csv.classes.empty());
}

TEST_CASE("a table with a header is read", "[csv]") {
  const auto csv = numbers(table);
  check_table(csv);
  CHECK(csv.features == std::vector<std::string>{"rooms", "age"});
  CHECK(csv.target == "price");
}

TEST_CASE("the same table in other ways of writing it", "[csv]") {
  const std::string bytes = GENERATE(
      "1,2,3\n4,5,6\n"s,                             // no header
      "rooms,age,price\n1,2,3\n4,5,6"s,              // the last line has no end
      "rooms,age,price\r\n1,2,3\r\n4,5,6\r\n"s,      // Windows
      "rooms,age,price\r1,2,3\r4,5,6"s,              // old Macintosh
      "\xEF\xBB\xBFrooms,age,price\n1,2,3\n4,5,6"s,  // Excel
      "\xEF\xBB\xBF\"1\",2,3\n4,5,6"s, "\n\nrooms,age,price\n\n1,2,3\n  \n4,5,6\n\n"s,
      " rooms , age , price \n 1 ,\t2, 3\n4 ,5, 6 \n"s,
      "\"rooms\",\"a\"\"g,\n\"\"e\", \"price\" \n\"1\",\"2\",3\n4,\"5\",\"6\""s,
      "rooms,age,price\n+1,2.0,3e0\n4.,50e-1,0.6E+1\n"s, "1,2,3\n4,5,6\n,,\n"s.substr(0, 12));
  check_table(numbers(bytes));
}

TEST_CASE("names in quotes keep what is in them", "[csv]") {
  const auto csv = numbers("\"a \"\"b\"\", c\nd\",\" e \",\"\"\"\"\n1,2,3\n");
  CHECK(csv.features == std::vector<std::string>{"a \"b\", c\nd", " e "});
  CHECK(csv.target == "\"");
}

TEST_CASE("separators", "[csv]") {
  check_table(numbers("a;b;c\n1;2;3\n4;5;6\n", {.separator = ';'}));
  check_table(numbers("a\tb\tc\n1\t2\t3\n4\t5\t6\n", {.separator = '\t'}));
  check_table(numbers("1 2 3\n4 5 6\n", {.separator = ' '}));
}

TEST_CASE("columns are chosen by name and by number", "[csv]") {
  const std::string bytes = "id,a,b,c\n9,1,2,3\n8,4,5,6\n";
  check_table(numbers(bytes, {.ignored = {"id"}}));
  check_table(numbers(bytes, {.target = "c", .features = {"a", "b"}}));
  const auto turned = numbers(bytes, {.target = "a", .features = {"c", "b"}});
  CHECK(turned.data.inputs() == Matrix<double>{{3, 6}, {2, 5}});
  CHECK(turned.data.targets() == RowVector<double>{{1, 4}});
  CHECK(numbers(bytes, {.target = 1}).target == "id");
  CHECK(numbers(bytes, {.target = -4}).target == "id");
  // Without a header a name is a number.
  const auto plain = numbers("9,1,2,3\n8,4,5,6\n", {.ignored = {"1"}});
  check_table(plain);
  CHECK(plain.features == std::vector<std::string>{"2", "3"});
}

TEST_CASE("features are read without a target", "[csv]") {
  const auto inputs = [](const std::string& bytes, const CsvOptions& options = {}) {
    return read_csv_inputs<double>(put(bytes), options);
  };
  const Matrix<double> expected{{1, 4}, {2, 5}};
  const auto rows = inputs("age,id,rooms\n2,x,1\n5,y,4\n", {.features = {"rooms", "age"}});
  CHECK(rows.inputs == expected);
  CHECK(rows.features == std::vector<std::string>{"rooms", "age"});
  CHECK(rows.skipped == 0);
  CHECK(inputs("1,2\n4,5\n").inputs == expected);
  CHECK(inputs("1;2\n4;5\n", {.separator = ';', .target = 7}).inputs == expected);
  CHECK(inputs("a,b,c\n1,2,3\n4,5,6\n", {.target = "price", .ignored = {"c"}}).inputs == expected);
  CHECK(inputs("a\n1\n4\n").inputs == expected.row(0));
  CHECK(inputs("7\n").inputs == Matrix<double>{{7}});

  const std::string missing = "a,b\n1,2\nNA,3\n4,5\n";
  CHECK(inputs(missing, {.missing = Missing::skipped}).inputs == expected);
  CHECK(inputs(missing, {.missing = Missing::skipped}).skipped == 1);
  CHECK(std::isnan(inputs(missing, {.missing = Missing::nan}).inputs(0, 1)));
  CHECK(contains(message_of<FormatError>([&] { inputs(missing); }), "the value is missing"));
  CHECK(contains(message_of<ValueError>([&] { inputs("a,b\n1,2\n", {.features = {"c"}}); }),
                 "there is no column \"c\", but \"a\", \"b\""));
  CHECK(contains(message_of<FormatError>([&] { inputs("a,b\n"); }), "no line of values"));
  // An empty line of a single column may be a value that is missing.
  for (const std::string bytes : {"a\n1\n\n4\n", "a\n\n1\n", "1\n\n\n4\n"})
    CHECK(contains(message_of<FormatError>([&] { inputs(bytes, {.missing = Missing::nan}); }),
                   "the line before is empty"));
  CHECK(contains(message_of<FormatError>([&] { inputs("a;b\n1;2\n"); }),
                 "got \"1;2\"; perhaps .separator = ';' helps"));
  CHECK(inputs("\"area; m2\"\n1\n4\n").inputs == expected.row(0));
  CHECK(inputs("\na\n1\n4\n\n\n").inputs == expected.row(0));
  CHECK(inputs("a\n1\nNA\n4\n", {.missing = Missing::skipped}).inputs == expected.row(0));
  CHECK(inputs("1,2\n\n4,5\n").inputs == expected);
  CHECK(read_csv_inputs<std::uint8_t>(put("1,255\n")).inputs(1, 0) == 255);
}

TEST_CASE("a header is found, or is as it is said to be", "[csv]") {
  CHECK(numbers("1,2\n3,4\n", {.header = true}).features == std::vector<std::string>{"1"});
  CHECK(numbers("1,2\n3,4\n", {.target = "2"}).data.size() == 1);
  CHECK(classes("1,2,yes\n3,4,no\n").data.size() == 2);  // the target may be text
  CHECK(numbers(",a,b\n1,2,3\n").features == std::vector<std::string>{"", "a"});  // pandas' index
  CHECK(refused("1,x,2\n3,4,5\n") ==
        "line 1, column 2: expected a number as in column 1, got \"x\"; if these are names of "
        "columns, set .header = true; if not, .header = false and the column's number among "
        ".ignored");
  CHECK(numbers("1,x,2\n3,4,5\n", {.header = false, .ignored = {"2"}}).data.size() == 2);
}

TEST_CASE("classes are numbered by their names", "[csv]") {
  const auto csv = classes("x,kind\n1,setosa\n2,virginica\n3,\"setosa\"\n4,a b\n");
  CHECK(csv.classes == std::vector<std::string>{"a b", "setosa", "virginica"});
  CHECK(csv.data.targets() == RowVector<int>{{1, 2, 1, 0}});
  // Numbers by their size: 0 to 9 are themselves.
  const auto digits = read_csv<std::uint8_t, std::uint8_t>(put("0,10\n255,9\n7,-1\n"),
                                                           {.scale = 1.0 / 255, .shape = {1, 1}});
  CHECK(digits.classes == std::vector<std::string>{"-1", "9", "10"});
  CHECK(digits.data.targets() == RowVector<std::uint8_t>{{2, 1, 0}});
  CHECK(digits.data.inputs() == Matrix<std::uint8_t>{{0, 255, 7}});
  CHECK(digits.data.sample<double>(1)(0) == 1);
  CHECK(digits.data.shape() == std::vector<Index>{1, 1});
}

TEST_CASE("one number in two spellings is no two classes", "[csv]") {
  CHECK(
      refusal([] { classes("1,1\n2,1.0\n3,2\n"); }) ==
      "target: the classes \"1\" and \"1.0\" are one number in two spellings; write them alike, or "
      "take them as two by .classes");
  const auto two = classes("1,1\n2,1.0\n", {.classes = {"1", "1.0"}});
  CHECK(two.data.targets() == RowVector<int>{{0, 1}});
}

TEST_CASE("test data have the classes of the training data", "[csv]") {
  const std::vector<std::string> known{"b", "a", "c"};
  const auto csv = classes("x,kind\n1,c\n2,b\n", {.classes = known});
  CHECK(csv.classes == known);
  CHECK(csv.data.targets() == RowVector<int>{{2, 0}});
  CHECK(refusal([&] { classes("x,kind\n1,c\n2,d\n", {.classes = known}); }) ==
        "line 3, column 2 (\"kind\"): the class \"d\" is none of those in .classes: \"b\", \"a\", "
        "\"c\"");
  CHECK(message_of<ValueError>([&] {
          classes("x,kind\n1,c\n", {.classes = {"c", "c"}});
        }) == "read_csv: two classes are named \"c\"");
}

TEST_CASE("more classes than the type of targets counts", "[csv]") {
  std::string bytes;
  for (int n = 0; n < 128; ++n) bytes += "1," + std::to_string(n) + "\n";
  CHECK(read_csv<float, std::int8_t>(put(bytes)).data.targets()(127) == 127);
  CHECK(contains(refusal([&] { read_csv<float, std::int8_t>(put(bytes + "1,x\n")); }),
                 "line 129, column 2: this is class 129, more than the type of targets can count"));
}

TEST_CASE("numbers with fractions are no classes unless they are named", "[csv]") {
  CHECK(refusal([] { classes("1,250000\n2,99.5\n3,1e3\n"); }) ==
        "target: numbers such as \"99.5\" would be 3 classes; to learn numbers take float "
        "or double as the type of targets, read_csv<float, float>; if they are classes, name them "
        "in .classes");
  CHECK(classes("1,0.5\n2,1.5\n", {.classes = {"0.5", "1.5"}}).classes.size() == 2);
  CHECK(classes("1,1.0\n2,2.0\n").classes.size() == 2);
  CHECK(classes("1,0.5\n2,many\n").classes.size() == 2);
}

TEST_CASE("missing values", "[csv]") {
  const std::string gap =
      GENERATE(""s, "NA"s, "nan"s, "NaN"s, "n/a"s, "null"s, "?"s, " "s, "\"\""s);
  const std::string bytes = "a,b,c\n1,2,3\n4," + gap + ",6\n7,8," + gap + "\n9,0,1\n";
  const std::string written = gap == " " || gap == "\"\"" ? "\"\"" : "\"" + gap + "\"";
  CHECK(refused(bytes) ==
        "line 3, column 2 (\"b\"): the value is missing, the field is " + written +
            "; .missing = Missing::skipped leaves such lines out, Missing::nan takes NaN");
  const auto skipped = numbers(bytes, {.missing = Missing::skipped});
  CHECK(skipped.data.inputs() == Matrix<double>{{1, 9}, {2, 0}});
  CHECK(skipped.skipped == 2);
  CHECK(refused("a,b\n1," + gap + "\n") ==
        "line 2, column 2 (\"b\"): the value is missing, the field is " + written +
            "; .missing = Missing::skipped leaves such lines out");
  // A line without a target teaches nothing, so it is left out where features become NaN.
  const auto nan = numbers(bytes, {.missing = Missing::nan});
  CHECK(std::isnan(nan.data.inputs()(1, 1)));
  CHECK(nan.data.inputs().row(0) == RowVector<double>{{1, 4, 9}});
  CHECK(nan.data.targets() == RowVector<double>{{3, 6, 1}});
  CHECK(nan.skipped == 1);
  CHECK(contains(refused("a,b\n," + gap + "\n", {.missing = Missing::skipped}),
                 "a value is missing in every line"));
}

TEST_CASE("a class that is named like a missing value is there if it is asked for", "[csv]") {
  const std::string bytes = "1,NA\n2,EU\n3,NA\n4,\n";
  const CsvOptions options{.missing = Missing::skipped, .classes = {"EU", "NA"}};
  const auto read = classes(bytes, options);
  CHECK(read.data.targets() == RowVector<int>{{1, 0, 1}});
  CHECK(read.skipped == 1);
  CHECK(classes(bytes, {.missing = Missing::skipped}).skipped == 3);
}

TEST_CASE("what is missing in a column that is left out does not count", "[csv]") {
  check_table(numbers("id,a,b,c\n,1,2,3\nx,4,5,6\n", {.ignored = {"id"}}));
}

TEST_CASE("what is no number is refused with its place", "[csv]") {
  const std::string word = GENERATE("x"s, "1x"s, "1 2"s, "0x10"s, "--1"s, "+-1"s, "+"s, "1e"s,
                                    "inf"s, "-Infinity"s, "1,000"s, "nan(1)"s);
  const std::string field = contains(word, ",") ? '"' + word + '"' : word;
  const std::string message = refused("a,b\n1,2\n" + field + ",4\n");
  CHECK(message.substr(0, message.find(';')) ==
        "line 3, column 1 (\"a\"): expected a number, got \"" + word + "\"");
  CHECK(contains(message, word == "1,000" ? "; decimals are" : "; a column of text is left out"));
  CHECK(contains(refused("1,2\n3," + field + "\n"), "line 2, column 2: expected a number"));
  for (const std::string text : {"\"St. Louis, MO\"", "7e4321ab", "99999999999999abc"})
    CHECK(contains(refused("a,b\n1,2\n" + text + ",4\n"), "a column of text is left out"));
}

TEST_CASE("numbers are the nearest of their type", "[csv]") {
  const auto value = [](const std::string& text) {
    return read_csv<float, double>(put(text + "," + text + "\n")).data;
  };
  CHECK(value("0.1").inputs()(0) == 0.1f);
  CHECK(value("0.1").targets()(0) == 0.1);
  CHECK(value("1e-46").inputs()(0) == 0);  // too small for float
  CHECK(value("-1e-400").targets()(0) == 0);
  CHECK(value("1e-5000").targets()(0) == 0);
  CHECK(value("0." + std::string(400, '0') + "1").targets()(0) == 0);
  CHECK(contains(refused("1,1" + std::string(400, '0') + "\n"), "too large"));
  // What counts is where the first digit is with the exponent, and not the exponent alone.
  const std::string zeros(400, '0');
  CHECK(value("0." + zeros + "1e+5").targets()(0) == 0);
  CHECK(value("-.000" + zeros + "1E5").targets()(0) == 0);
  CHECK(value("0." + zeros + "1e401").targets()(0) == 1);
  CHECK(value("1e-" + zeros + "400").targets()(0) == 0);
  CHECK(value("1" + zeros + "e-800").targets()(0) == 0);
  CHECK(value("1" + zeros + "e-9999999999999999999999").targets()(0) == 0);
  CHECK(contains(refused("1,1" + zeros + "e-5\n"), "too large"));
  CHECK(contains(refused("1,-1" + zeros + ".0e-91\n"), "too large"));
  CHECK(contains(refused("1,0." + zeros + "1e800\n"), "too large"));
  CHECK(contains(refused("1,0." + zeros + "1e+9999999999999999999999\n"), "too large"));
  const double tiny = value("4.9e-324").targets()(0);
  CHECK(tiny == std::numeric_limits<double>::denorm_min());
  CHECK(contains(refusal([&] { value("1e39"); }),
                 "expected a number, got \"1e39\"; it is too large for the type"));
  CHECK(contains(refused("1,1e400\n"), "too large"));
  CHECK(contains(refused("1,1e99999\n"), "too large"));
  const auto bytes = [&](const std::string& text) {
    return refusal([&] { read_csv<std::uint8_t, int>(put("1,2\n" + text + ",2\n")); });
  };
  CHECK(bytes("256") ==
        "line 2, column 1: expected an integer from 0 to 255, got \"256\"; it is too "
        "large for the type that it is to be stored in");
  CHECK(bytes("0.5") ==
        "line 2, column 1: expected an integer from 0 to 255, got \"0.5\"; for "
        "fractions take float or double as the type of inputs");
  CHECK(bytes("-1") ==
        "line 2, column 1: expected an integer from 0 to 255, got \"-1\"; for numbers below 0 take "
        "float, or an integer type with a sign, as the type of inputs");
}

TEST_CASE("numbers do not depend on the locale", "[csv]") {
  for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    if (std::setlocale(LC_ALL, name)) break;
  const double half = numbers("0.5,1\n").data.inputs()(0);
  std::setlocale(LC_ALL, "C");
  CHECK(half == 0.5);
}

TEST_CASE("lines of another length are refused", "[csv]") {
  CHECK(refused("a,b,c\n1,2,3\n4,5\n") ==
        "line 3: it has 2 fields, but the first line has 3; put a field with separators in it in "
        "quotes");
  CHECK(contains(refused("1,2\n\n3,4,5\n"), "line 3: it has 3 fields, but the first line has 2"));
  CHECK(contains(refused("1,2\n3,4,\n"), "line 2: it has 3 fields"));
}

TEST_CASE("lines are counted through quotes", "[csv]") {
  CHECK(contains(refused("\"a\nb\",c\r\n\"1\",2\r\nx,3\n"), "line 4, column 1 (\"a b\")"));
}

TEST_CASE("quotes out of place are refused", "[csv]") {
  CHECK(refused("a,b\n1,\"2\n3,4\n") == "line 2, column 2: a quote is opened that nothing closes");
  CHECK(contains(refused("a,b\n1,\"2\"3\n"), "line 2, column 2: text follows the quote"));
  CHECK(contains(refused("a,b\n1,2\"\n"), "line 2, column 2: a quote within a field"));
}

TEST_CASE("files that are no tables say what they are", "[csv]") {
  CHECK(refused("") == "at byte 0: the file is empty; expected a table");
  CHECK(refused("\n \r\n") == "at byte 0: the file is empty; expected a table");
  CHECK(contains(refused("a,b\n"), "no line of values follows the header"));
  CHECK(contains(refused("\x1F\x8B\x08zzz"), "is gzipped: unpack it first"));
  CHECK(contains(refused("PK\3\4zzz"), "is a workbook or a zip archive"));
  CHECK(contains(refused("\xFF\xFE"s + "1\0,\0"s), "UTF-16"));
  CHECK(contains(refused("1\0,\0002\0"s), "line 1, column 1: a byte of value 0"));
  CHECK(refused("1;2\n3;4\n") ==
        "line 1: expected columns of features and a target, got one column, \"1;2\"; perhaps "
        ".separator = ';' helps");
  CHECK(contains(refused("1\t2\n"), "perhaps .separator = '\\t' helps"));
  CHECK(contains(message_of<FileError>([] { read_csv<float, int>(folder / "none.csv"); }),
                 "none.csv: cannot be opened"));
}

TEST_CASE("options that do not fit the table are refused", "[csv]") {
  const auto wrong = [](const CsvOptions& options, const std::string& bytes = table) {
    const std::string message = message_of<ValueError>([&] { numbers(bytes, options); });
    return message.substr(message.find(": ") + 2);
  };
  CHECK(wrong({.target = "prize"}) ==
        "there is no column \"prize\", but \"rooms\", \"age\", \"price\"");
  CHECK(wrong({.target = 4}) ==
        "the target is column 4, but there are 3: give 1 to 3, or -1 for the last");
  CHECK(contains(wrong({.target = 0}), "the target is column 0"));
  CHECK(contains(wrong({.target = -4}), "the target is column -4"));
  CHECK(wrong({.features = {"age", "age"}}) == "column \"age\" is asked for twice");
  CHECK(contains(wrong({.features = {"price"}}),
                 "column \"price\" is the target, as .target = -1 says, and asked for as"));
  CHECK(contains(wrong({.features = {"price"}}), "read_csv_inputs where only features are wanted"));
  CHECK(wrong({.target = "age", .features = {"age"}}) ==
        "column \"age\" is asked for as the target and as something else");
  CHECK(wrong({.ignored = {"rooms", "age"}}) == "no column is left for the features");
  CHECK(wrong({.ignored = {"x"}}, "1,2,3\n") ==
        "there is no column \"x\", but \"1\", \"2\", \"3\": the table has no header");
  CHECK(wrong({.target = "a"}, "a,a\n1,2\n") == "two columns are named \"a\"; rename one");
  CHECK(contains(wrong({.separator = '"'}), "the separator cannot be a quote"));
  CHECK(contains(
      message_of<ValueError>([] { read_csv<int, int>(put(table), {.missing = Missing::nan}); }),
      "integers cannot be NaN"));
}

TEST_CASE("a table cut off anywhere is read as far as its lines go, or refused", "[csv]") {
  const std::string whole = "\"a\",b,\"c d\"\r\n1,\"2\",3\r\n4,5,\"6\"\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto path = put(whole.substr(0, size));
    try {
      const auto csv = read_csv<double, double>(path);
      CHECK(csv.data.inputs()(0, 0) == 1);
      CHECK(csv.data.size() == (size > 28 ? 2 : 1));
    } catch (const FormatError&) {
      CHECK(size < whole.size() - 2);
    }
  }
}

TEST_CASE("a large table is read in pieces", "[csv]") {
  // Of 3 MB, with lines of other lengths in its second half: the reader's buffer holds 1 MB.
  std::string bytes = "x,\"a long name\",y\n";
  const Index samples = 120000;
  for (Index n = 0; n < samples; ++n)
    bytes += std::to_string(n) + (n < samples / 2 ? ",\"1\"," : ",0.000000000001,") +
             std::to_string(-n) + "\n";
  const auto csv = numbers(bytes);
  REQUIRE(csv.data.size() == samples);
  Index wrong = 0;
  for (Index n = 0; n < samples; ++n)
    if (csv.data.inputs()(0, n) != static_cast<double>(n) ||
        csv.data.inputs()(1, n) != (n < samples / 2 ? 1 : 1e-12) ||
        csv.data.targets()(n) != -static_cast<double>(n))
      ++wrong;
  CHECK(wrong == 0);
  CHECK(contains(refused(bytes + "1,x,2\n"), "line 120002, column 2 (\"a long name\")"));
}

TEST_CASE("a line longer than the buffer is read", "[csv]") {
  std::string bytes = "1";
  const Index columns = 700000;
  for (Index c = 1; c < columns; ++c) bytes += ",1";
  const auto csv = read_csv<float, float>(put(bytes + "\n" + bytes));
  CHECK(csv.data.features() == columns - 1);
  CHECK(csv.data.size() == 2);
  CHECK(csv.data.inputs().sum() == static_cast<float>(2 * (columns - 1)));
}

TEST_CASE("what ridge writes as CSV is read again", "[csv]") {
  const Matrix<double> values = Matrix<double>::Random(3, 50);
  std::string bytes;
  detail::append_csv_line(bytes, {detail::csv_field("a,b"), detail::csv_field("\"q\""), "t"});
  for (Index n = 0; n < values.cols(); ++n)
    detail::append_csv_line(bytes,
                            {detail::csv_field(values(0, n)), detail::csv_field(values(1, n)),
                             detail::csv_field(values(2, n))});
  const auto csv = numbers(bytes);
  CHECK(csv.features == std::vector<std::string>{"a,b", "\"q\""});
  CHECK(csv.data.inputs() == values.topRows(2));
  CHECK(csv.data.targets() == values.bottomRows(1));
}

}  // namespace
