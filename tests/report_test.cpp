#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ridge/layers/batch_norm.hpp>
#include <ridge/layers/linear.hpp>
#include <ridge/layers/sequential.hpp>
#include <ridge/report/classifier_report.hpp>

#include "catch.hpp"
#include "markup.hpp"
#include "random_data.hpp"
#include "temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace ridge;
using test::contains;
using test::count_of;

namespace {

using Images = Dataset<std::uint8_t, std::uint8_t>;

/// 6 images of 2 x 3 pixels, of classes 0, 1, 2, 0, 1, 2.
Images images(std::vector<Index> shape = {2, 3}) {
  Matrix<std::uint8_t> pixels(6, 6);
  for (Index k = 0; k < 36; ++k) pixels.reshaped()(k) = static_cast<std::uint8_t>(7 * k);
  return {pixels, RowVector<std::uint8_t>{{0, 1, 2, 0, 1, 2}}, 1.0 / 255, std::move(shape)};
}

/// Logits by which images 3 and 5 are mistaken, the latter the worse.
Matrix<double> outputs() {
  return Matrix<double>{{5, 0, 0, 1, 0, 9}, {0, 5, 0, 2, 5, 0}, {0, 0, 5, 0, 0, 0}};
}

std::vector<EpochReport> epochs(int count, bool with_penalty = true) {
  std::vector<EpochReport> all;
  for (int e = 1; e <= count; ++e)
    all.push_back({.epoch = e,
                   .train_loss = 1.0 / e,
                   .penalty = with_penalty ? 0.5 : 0,
                   .objective = 1.0 / e + 0.5,
                   .seconds = 0.25,
                   .validation = Evaluation{2.0 / e, 0.5 + 0.1 * e, 6},
                   .validation_name = "Test"});
  return all;
}

const std::vector<std::string> tables{"loss.csv",    "accuracy.csv", "confusion.csv",
                                      "classes.csv", "mistakes.csv", "first-layer.csv",
                                      "weights.csv"};

/// Writes a report, and checks the page.
std::string page_of(const fs::path& folder, const ClassifierReport& report, const Images& test) {
  write_report(ReportFolder(folder), report, test);
  const std::string page = test::read_file(folder / "index.html");
  CHECK(test::fault_of_markup(page) == "");
  CHECK(count_of(page, "<h1>") == 1);
  CHECK_FALSE(contains(page, "src=\"http"));
  CHECK(count_of(page, "<img") == count_of(page, "alt=\""));
  for (const std::string& name : tables)
    CHECK(contains(page, "<a href=\"" + name + "\">") == fs::exists(folder / name));
  return page;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  const std::string text = test::read_file(path);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("base64 is that of its standard") {
  using detail::base64;
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64(std::string_view("\x00\xff\xfe\xfb", 4)) == "AP/++w==");
}

TEST_CASE("a page is whole, and its text is escaped") {
  CHECK(test::fault_of_markup(Page("").html()) == "");
  Page page("a < b");
  page.section("one & two",
               html_paragraph("x > y") + html_table({{"A", "B"}, {"1", "<2>"}}) +
                   html_figure("<b>x</b>", "it's") + html_plots({"<i/>", "<u/>"}) +
                   html_images({html_image({.width = 1, .height = 1, .pixels = {9}}, "\"9\"")}));
  page.section("three", html_table({{"only", "a head"}}) + html_table({}) + html_images({}));
  const std::string html = page.html();
  CHECK(test::fault_of_markup(html) == "");
  for (const char* part :
       {"<!DOCTYPE html>", "<title>a &lt; b</title>", "<h1>a &lt; b</h1>", "<h2>one &amp; two</h2>",
        "<p>x &gt; y</p>", "<th scope=\"col\">A</th>", "<th scope=\"row\">1</th><td>&lt;2&gt;</td>",
        "<figcaption>it&#39;s</figcaption>", "name=\"viewport\"", "prefers-color-scheme:dark",
        "alt=\"&quot;9&quot;\" src=\"data:image/png;base64,iVBORw0KGgo"})
    CHECK(contains(html, part));
  CHECK(html.find("<h2>one") < html.find("<h2>three"));
}

TEST_CASE("cividis gets lighter all the way, from its first color to its last") {
  const auto count = GENERATE(2, 3, 65, 256);
  const std::vector<Color> colors = cividis(count);
  REQUIRE(colors.size() == static_cast<std::size_t>(count));
  CHECK(colors.front() == Color{0, 34, 78});
  CHECK(colors.back() == Color{254, 232, 56});
  const auto lightness = [](const Color& c) {
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
  };
  for (std::size_t k = 1; k < colors.size(); ++k)
    CHECK(lightness(colors[k]) >= lightness(colors[k - 1]));
  if (count == 65) CHECK(colors[32] == Color{125, 124, 120});
  CHECK_THROWS_AS(cividis(1), ValueError);
  CHECK_THROWS_AS(cividis(257), ValueError);
}

TEST_CASE("numbers become colors, 0 the middle one") {
  const Vector<double> v{{-2, -1, 0, 0.5, 1, NAN}};
  const Image image = signed_image(v, 2, 3, 1);
  CHECK(image.pixels == std::vector<std::uint8_t>{0, 0, 32, 48, 64, 32});
  CHECK(image.palette.size() == 65);
  CHECK(image.width == 3);
  CHECK(image.height == 2);
  CHECK(test::message_of<ShapeError>([&] { signed_image(v, 2, 2, 1); }) ==
        "signed_image: 2 x 2 pixels, but 6 values");
  for (const double largest : {0.0, -1.0, double{NAN}, std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(signed_image(v, 2, 3, largest), ValueError);
}

TEST_CASE("the weights of a network are its weights, by name") {
  const auto net = test::initialized(Sequential{
      named("fc1", Linear<float>{6, 4}), BatchNorm<float>{4}, named("fc2", Linear<float>{4, 3})});
  const auto weights = weights_of(net);
  REQUIRE(weights.size() == 2);
  CHECK(weights[0].name == "fc1.weight");
  CHECK(weights[1].name == "fc2.weight");
  CHECK(weights[0].values.cast<float>() == net.layer<0>().weight);
}

TEST_CASE("a report is a page, with a table for all that it shows") {
  const test::TemporaryFolder folder;
  Matrix<double> first(2, 6);
  first << 1, -2, 3, 0, 0, 1, 0.5, 0, 0, 0, 0, -4;
  const ClassifierReport report{
      .title = "Run <1>",
      .epochs = epochs(3),
      .best_epoch = 2,
      .outputs = outputs(),
      .weights = {{"fc1.weight", first}, {"fc2.weight", Matrix<double>::Ones(3, 2)}},
      .options = {{"--epochs", "3"}, {"--name", "a & b"}}};
  const std::string page = page_of(folder / "new" / "report", report, images());
  for (const char* part :
       {"<h1>Run &lt;1&gt;</h1>", "<td>66.67 %</td>", "<th scope=\"row\">Mistakes</th><td>2</td>",
        "<th scope=\"row\">Best epoch</th><td>2</td>", "<td>0.75 s</td>", ">Training loss<",
        ">Test loss<", ">Objective (with penalty)<", ">Test accuracy<", ">best epoch<",
        "alt=\"Test image 5\"", "2, taken for 0: 100.0 % to 0.0 %",
        "0, taken for 1: 66.5 % to 24.5 %", "alt=\"Weights of neuron 1\"", "fc1.weight, 2 x 6",
        "Weight; 6 are 0", "<th scope=\"row\">--name</th><td>a &amp; b</td>"})
    CHECK(contains(page, part));
  CHECK(contains(page, detail::escape_markup(build_description())));
  CHECK(page.find("2, taken for 0") < page.find("0, taken for 1"));
  CHECK(count_of(page, "data:image/png;base64,") == 2 + 2 + 1);  // mistakes, neurons, their colors

  const fs::path in = folder / "new" / "report";
  CHECK(lines_of(in / "loss.csv").size() == 1 + 3 * 3 + 1);
  CHECK(lines_of(in / "loss.csv")[1] == "Training loss,1,,1,");
  CHECK(lines_of(in / "loss.csv").back() == "best epoch,2,,,");
  CHECK(lines_of(in / "accuracy.csv")[3] == "Test accuracy,3,,80,");
  CHECK(lines_of(in / "confusion.csv") ==
        std::vector<std::string>{",0,1,2", "0,1,1,0", "1,0,2,0", "2,1,0,1"});
  CHECK(lines_of(in / "classes.csv")[3] == "2,2,1,0.5,0.6666666666666666");
  CHECK(lines_of(in / "mistakes.csv")[1].starts_with("5,2,0,0.999"));
  CHECK(lines_of(in / "first-layer.csv") ==
        std::vector<std::string>{"0,1,-2,3,0,0,1", "1,0.5,0,0,0,0,-4"});
  CHECK(lines_of(in / "weights.csv").size() == 1 + 40 + 40);
}

TEST_CASE("a report of no epochs, no mistakes and no weights is a report") {
  const test::TemporaryFolder folder;
  Matrix<double> right = outputs();
  right.col(3) = right.col(0);
  right.col(5) = right.col(2);
  const std::string page = page_of(folder.path(), {.outputs = right}, images());
  CHECK(contains(page, "No epoch has ended, so there are no curves."));
  CHECK(contains(page, "no data"));
  CHECK(contains(page, "No test image was taken for another class."));
  CHECK_FALSE(contains(page, "Weights of the first layer"));
  CHECK_FALSE(contains(page, "Best epoch"));
  CHECK(count_of(page, "<img") == 0);
}

TEST_CASE("a report shows so many mistakes and neurons as it should") {
  const test::TemporaryFolder folder;
  Matrix<double> first = Matrix<double>::Zero(5, 6);
  first.col(0) << 1, 5, 3, -4, 2;
  const std::string page = page_of(folder.path(),
                                   {.epochs = epochs(1, false),
                                    .outputs = outputs(),
                                    .weights = {{"w", first}},
                                    .mistakes = 1,
                                    .neurons = 3},
                                   images());
  CHECK(contains(page, "1 of 2 mistakes"));
  CHECK(count_of(page, "taken for 0:") == 1);
  CHECK(contains(page, "Of 5 neurons these 3 have the largest weights."));
  CHECK(lines_of(folder / "first-layer.csv") ==
        std::vector<std::string>{"1,5,0,0,0,0,0", "2,3,0,0,0,0,0", "3,-4,0,0,0,0,0"});
  CHECK_FALSE(contains(page, "with penalty"));
}

TEST_CASE("samples that are no images are reported without them") {
  const test::TemporaryFolder folder;
  const std::string page =
      page_of(folder.path(), {.outputs = outputs(), .weights = {{"w", Matrix<double>::Ones(4, 6)}}},
              images({6}));
  CHECK(count_of(page, "<img") == 0);
  CHECK(lines_of(folder / "mistakes.csv").size() == 3);
}

TEST_CASE("weights that are all zero have pictures") {
  const test::TemporaryFolder folder;
  const std::string page =
      page_of(folder.path(), {.outputs = outputs(), .weights = {{"w", Matrix<double>::Zero(4, 6)}}},
              images());
  CHECK(contains(page, "Weight; 24 are 0"));
  CHECK(contains(page, "alt=\"Weights of neuron 3\""));
}

TEST_CASE("weights that are not finite are shown as 0") {
  const test::TemporaryFolder folder;
  Matrix<double> w = Matrix<double>::Ones(2, 6);
  w(0, 0) = NAN;
  w(1, 1) = std::numeric_limits<double>::infinity();
  const std::string page =
      page_of(folder.path(), {.outputs = outputs(), .weights = {{"w", w}}}, images());
  CHECK(contains(page, "Weights that are NaN or infinite are shown as 0."));
  CHECK(contains(page, "Weight; 0 are 0, 2 NaN or infinite"));
  CHECK(lines_of(folder / "first-layer.csv") ==
        std::vector<std::string>{"0,0,1,1,1,1,1", "1,1,0,1,1,1,1"});
}

TEST_CASE("a report of one epoch says so") {
  const test::TemporaryFolder folder;
  const std::string one = "One epoch was trained, so each curve is a single point.";
  CHECK(
      contains(page_of(folder.path(), {.epochs = epochs(1), .outputs = outputs()}, images()), one));
  const std::string page =
      page_of(folder.path(), {.epochs = epochs(2), .outputs = outputs()}, images());
  for (const std::string& remark :
       {one, std::string("NaN or infinite"), std::string("All of these"), std::string("has failed"),
        std::string("knows one class")})
    CHECK_FALSE(contains(page, remark));
}

TEST_CASE("a report of one class says so") {
  const test::TemporaryFolder folder;
  const Images zeros{images().inputs(), RowVector<std::uint8_t>::Zero(6).eval(), 1, {2, 3}};
  const std::string of_one = page_of(folder.path(), {.outputs = outputs()}, zeros);
  CHECK(contains(of_one,
                 "All of these test images are of class 0: of others the accuracy says nothing."));
  CHECK_FALSE(contains(of_one, "were taken for class"));
  const Matrix<double> all_ones = Matrix<double>{{0}, {1}, {0}}.replicate(1, 6);
  const std::string for_one = page_of(folder.path(), {.outputs = all_ones}, images());
  CHECK(contains(for_one, "All of these test images were taken for class 1."));
  CHECK_FALSE(contains(for_one, "are of class"));
  const std::string one = page_of(folder.path(), {.outputs = Matrix<double>::Ones(1, 6)}, zeros);
  CHECK(contains(one, "The network knows one class, so no image can be a mistake."));
  CHECK_FALSE(contains(one, "All of these"));
}

TEST_CASE("a report of losses that are NaN says so") {
  const test::TemporaryFolder folder;
  std::vector<EpochReport> all = epochs(4);
  all[1].validation->loss = std::numeric_limits<double>::infinity();
  all[3].train_loss = all[3].objective = NAN;
  const std::string page = page_of(
      folder.path(), {.epochs = all, .failure = "epoch 4 < 5", .outputs = outputs()}, images());
  CHECK(contains(page,
                 "A loss is NaN or infinite in 2 of 4 epochs, first in epoch 2: the curves leave "
                 "it out."));
  CHECK(contains(page, "Training has failed: epoch 4 &lt; 5"));
  CHECK(lines_of(folder / "loss.csv")[4] == "Training loss,4,,nan,");

  all.resize(1);
  all[0].train_loss = NAN;
  const std::string single =
      page_of(folder.path(), {.epochs = all, .outputs = outputs()}, images());
  CHECK(contains(single, "One epoch was trained"));
  CHECK(contains(single, "in 1 of 1 epoch, first in epoch 1"));
}

TEST_CASE("images whose outputs are NaN are taken for no class") {
  const test::TemporaryFolder folder;
  Matrix<double> some = outputs();
  some(0, 1) = NAN;
  some(2, 4) = std::numeric_limits<double>::infinity();
  const std::string page = page_of(folder.path(), {.outputs = some}, images());
  CHECK(contains(page, "outputs are NaN or infinite for 2 of 6 test images"));
  CHECK(contains(page, "<th scope=\"row\">Test images</th><td>6</td>"));
  CHECK(contains(page, "<td>50.00 %</td>"));
  CHECK(lines_of(folder / "confusion.csv") ==
        std::vector<std::string>{",0,1,2", "0,1,1,0", "1,0,0,0", "2,1,0,1"});
  CHECK(lines_of(folder / "mistakes.csv")[1].starts_with("5,2,0,0.999"));
  CHECK(lines_of(folder / "mistakes.csv")[2].starts_with("3,0,1,0.66"));

  some.setConstant(NAN);
  const std::string none = page_of(folder.path(), {.outputs = some}, images());
  CHECK(contains(none, "for 6 of 6 test images"));
  CHECK(contains(none, "<th scope=\"row\">Test accuracy</th><td>none</td>"));
  CHECK(contains(none, "No test image was taken for any class."));
  CHECK_FALSE(contains(none, "All of these"));
}

TEST_CASE("a tie of probabilities is one class on the whole page") {
  const test::TemporaryFolder folder;
  Matrix<double> some = outputs();
  some.col(0) << 0, 1e-17, -9;
  some.col(1) << 0, 1e-17, -9;
  page_of(folder.path(), {.outputs = some}, images());
  CHECK(lines_of(folder / "confusion.csv") ==
        std::vector<std::string>{",0,1,2", "0,1,1,0", "1,1,1,0", "2,1,0,1"});
  const std::vector<std::string> mistakes = lines_of(folder / "mistakes.csv");
  REQUIRE(mistakes.size() == 4);
  CHECK(std::any_of(mistakes.begin(), mistakes.end(),
                    [](const std::string& line) { return line.starts_with("1,1,0,0."); }));
}

TEST_CASE("a report of a view, and of images of other types, is that of bytes") {
  const test::TemporaryFolder folder;
  const ClassifierReport report{.outputs = outputs()};
  const Images bytes = images();
  const std::string expected = page_of(folder.path(), report, bytes);
  const auto page = [&](const auto& test) {
    write_report(ReportFolder(folder.path()), report, test);
    return test::read_file(folder / "index.html");
  };
  CHECK(contains(expected, "Test image 5"));
  CHECK(page(DatasetView<std::uint8_t, std::uint8_t>(bytes.inputs(), bytes.targets(), 1.0 / 255,
                                                     {2, 3})) == expected);
  Matrix<float> shades = bytes.inputs().cast<float>() / 255;
  const RowVector<int> labels = bytes.targets().cast<int>();
  CHECK(page(Dataset<float, int>(shades, labels, 1, {2, 3})) == expected);
  CHECK(page(Dataset<double, int>(bytes.inputs().cast<double>(), labels, 1.0 / 255, {2, 3})) ==
        expected);
  // What is below black or above white is as black or white; the network may have wanted it so.
  shades(2, 3) = -7;
  shades(0, 3) = NAN;
  Matrix<std::uint8_t> dark = bytes.inputs();
  dark(2, 3) = dark(0, 3) = 0;
  CHECK(page(Dataset<float, int>(shades, labels, 1, {2, 3})) ==
        page(Images(dark, bytes.targets(), 1.0 / 255, {2, 3})));
  shades(1, 3) = 7;
  dark(1, 3) = 255;
  CHECK(page(Dataset<float, int>(shades, labels, 1, {2, 3})) ==
        page(Images(dark, bytes.targets(), 1.0 / 255, {2, 3})));
}

TEST_CASE("what does not fit a report is refused") {
  const test::TemporaryFolder folder;
  const auto write = [&](const Matrix<double>& y) {
    write_report(ReportFolder(folder.path()), {.outputs = y}, images());
  };
  CHECK(test::message_of<ShapeError>([&] { write(outputs().leftCols(5)); }) ==
        "ClassifierReport: outputs of 5 images, but there are 6 test images");
  CHECK(test::message_of<ValueError>([&] { write(outputs().topRows(2)); }) ==
        "ClassifierReport: outputs are of 2 classes, 0 to 1, but test image 2 has the label 2");
  CHECK_FALSE(fs::exists(folder / "index.html"));
}

TEST_CASE("a folder that cannot be written is found out before there is a report") {
  const test::TemporaryFolder folder;
  test::write_file(folder / "file", "old");
  CHECK(contains(test::message_of<FileError>([&] { ReportFolder(folder / "file"); }),
                 "file: cannot be made a folder: "));
  CHECK(contains(test::message_of<FileError>([&] { ReportFolder(folder / "file" / "below"); }),
                 "below: cannot be made a folder: Not a directory"));
  CHECK_THROWS_AS(ReportFolder(""), FileError);
  fs::create_directories(folder / "taken" / "index.html");
  CHECK_THROWS_AS(ReportFolder(folder / "taken"), FileError);
  CHECK(test::read_file(folder / "file") == "old");
  const ReportFolder made(folder / "a" / "b");
  CHECK(fs::is_empty(made.path()));
}
