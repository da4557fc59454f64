#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ridge/io/safetensors.hpp>

#include "catch.hpp"
#include "temporary_folder.hpp"

namespace fs = std::filesystem;
using namespace std::string_literals;
using ridge::DType;
using ridge::FileError;
using ridge::FormatError;
using ridge::Index;
using ridge::Matrix;
using ridge::read_safetensors;
using ridge::ShapeError;
using ridge::Tensor;
using ridge::TensorFile;
using ridge::ValueError;
using ridge::write_safetensors;

namespace {

void put(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string get(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string little_endian(std::uint64_t value) {
  std::string out;
  for (int i = 0; i < 8; ++i) out += static_cast<char>(value >> 8 * i & 0xFF);
  return out;
}

/// A file of this header and data.
std::string file_of(const std::string& header, const std::string& data = "") {
  return little_endian(header.size()) + header + data;
}

TensorFile read(const std::string& bytes) {
  const test::TemporaryFolder folder;
  put(folder / "model.safetensors", bytes);
  return read_safetensors(folder / "model.safetensors");
}

/// A file of one tensor "a", whose entry is given, and eight bytes of data.
std::string entry(const std::string& text) { return file_of("{\"a\":" + text + "}", "12345678"); }

Tensor tensor_of(std::string name, DType dtype, std::vector<Index> shape, std::string_view bytes) {
  const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
  return {std::move(name), dtype, std::move(shape), {data, data + bytes.size()}};
}

/// What a good reader of hostile files does: loads them, or says what is wrong.
bool loads(const fs::path& path) {
  try {
    read_safetensors(path);
    return true;
  } catch (const FormatError& error) {
    CHECK(error.path() == path.string());
    CHECK(error.offset() <= fs::file_size(path));
    return false;
  }
}

}  // namespace

TEST_CASE("types have the names and sizes of the format") {
  STATIC_REQUIRE(ridge::dtype_of<float>() == DType::f32);
  STATIC_REQUIRE(ridge::dtype_of<double>() == DType::f64);
  STATIC_REQUIRE(ridge::dtype_of<std::int8_t>() == DType::i8);
  STATIC_REQUIRE(ridge::dtype_of<std::uint16_t>() == DType::u16);
  STATIC_REQUIRE(ridge::dtype_of<long long>() == ridge::dtype_of<std::int64_t>());
  STATIC_REQUIRE(ridge::dtype_of<unsigned long long>() == DType::u64);
  STATIC_REQUIRE_FALSE(ridge::TensorScalar<bool>);
  STATIC_REQUIRE_FALSE(ridge::TensorScalar<long double>);
  const std::map<std::string, std::size_t> sizes{
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"U16", 2}, {"I16", 2}, {"F16", 2}, {"BF16", 2},
      {"U32", 4},  {"I32", 4}, {"F32", 4}, {"U64", 8}, {"I64", 8}, {"F64", 8}};
  for (const auto& [name, size] : sizes) {
    const auto dtype = ridge::find_dtype(name);
    REQUIRE(dtype);
    CHECK(ridge::name_of(*dtype) == name);
    CHECK(ridge::size_of(*dtype) == size);
    CHECK(read(entry("{\"dtype\":\"" + name + "\",\"shape\":[" + std::to_string(8 / size) +
                     "],\"data_offsets\":[0,8]}"))
              .tensors.at(0)
              .dtype == *dtype);
  }
  CHECK_FALSE(ridge::find_dtype("f32"));
}

TEST_CASE("a file has the bytes that the format says") {
  const test::TemporaryFolder folder;
  Matrix<float> weight(2, 3);
  weight << 1, 2, 3, -4, 0.5, 0;
  const ridge::Vector<std::int16_t> bias = ridge::Vector<std::int16_t>::LinSpaced(2, 258, 259);
  write_safetensors(folder / "model",
                    {Tensor::from("fc1.weight", weight), Tensor::from("fc1.bias", bias)},
                    {{"epoch", "7"}});
  const std::string header = R"({"__metadata__":{"epoch":"7","format":"pt"},)"
                             R"("fc1.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                             R"("fc1.bias":{"dtype":"I16","shape":[2],"data_offsets":[24,28]}})";
  const std::string data =
      "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40"
      "\x00\x00\x80\xc0\x00\x00\x00\x3f\x00\x00\x00\x00"
      "\x02\x01\x03\x01"s;
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  CHECK(get(folder / "model") == file_of(header + padding, data));
  CHECK((header + padding).size() % 8 == 0);

  write_safetensors(folder / "empty", {});
  CHECK(get(folder / "empty") == file_of(R"({"__metadata__":{"format":"pt"}})"));
}

TEMPLATE_TEST_CASE("matrices and vectors come back as they were", "", float, double, std::int8_t,
                   std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
                   std::int64_t, std::uint64_t) {
  using T = TestType;
  const test::TemporaryFolder folder;
  Matrix<T> matrix(3, 2);
  matrix << 1, 2, 3, 4, std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest();
  const ridge::Vector<T> vector = matrix.col(1);
  const std::vector<Tensor> tensors{Tensor::from("matrix", matrix), Tensor::from("vector", vector),
                                    Tensor::from("row", ridge::RowVector<T>(matrix.row(2))),
                                    Tensor::from("transposed", matrix.transpose())};
  write_safetensors(folder / "file", tensors, {{"note", "kept"}});
  const TensorFile file = read_safetensors(folder / "file");
  CHECK(file.tensors == tensors);
  CHECK(file.metadata == std::map<std::string, std::string>{{"format", "pt"}, {"note", "kept"}});
  CHECK(file.find("matrix")->template matrix<T>() == matrix);
  CHECK(file.find("vector")->shape == std::vector<Index>{3});
  CHECK(file.find("vector")->template vector<T>() == vector);
  CHECK(file.find("row")->shape == std::vector<Index>{1, 2});
  CHECK(file.find("transposed")->template matrix<T>() == matrix.transpose());
  CHECK(file.find("matrix")->template elements<T>() == matrix.transpose().reshaped());  // row-major
  CHECK(file.find("Matrix") == nullptr);
}

TEST_CASE("a number alone, empty tensors and more than two extents are tensors too") {
  const test::TemporaryFolder folder;
  const std::vector<Tensor> tensors{
      tensor_of("scalar", DType::f32, {}, "\0\0\x80\x3f"s),
      Tensor::from("no rows", Matrix<double>(0, 3)),
      Tensor::from("nothing", ridge::Vector<float>()),
      tensor_of("cube", DType::u8, {2, 1, 3}, "abcdef"),
      tensor_of("huge and empty", DType::f64, {std::numeric_limits<Index>::max() / 8, 0}, "")};
  write_safetensors(folder / "file", tensors);
  const TensorFile file = read_safetensors(folder / "file");
  REQUIRE(file.tensors.size() == tensors.size());
  for (const Tensor& tensor : tensors) {
    REQUIRE(file.find(tensor.name));
    CHECK(*file.find(tensor.name) == tensor);
  }
  CHECK(file.find("scalar")->elements<float>() == ridge::Vector<float>::Ones(1));
  CHECK(file.find("no rows")->matrix<double>().cols() == 3);
  CHECK(file.find("nothing")->vector<float>().size() == 0);
  CHECK(file.find("cube")->elements<std::uint8_t>()(5) == 'f');
}

TEST_CASE("names and metadata may be any text") {
  const test::TemporaryFolder folder;
  const std::vector<std::string> texts{"",       "\"",         "\\",          "a\"b\\c/d",
                                       "\n\t\r", "\0\x1f"s,    "größe λ",     "\U0001d6fd\uFFFF",
                                       "{}[],:", "__metadata", "data_offsets"};
  std::vector<Tensor> tensors;
  std::map<std::string, std::string> metadata{{"format", "ridge"}};
  for (const std::string& text : texts) {
    tensors.push_back(Tensor::from(text, ridge::Vector<float>::Ones(1)));
    metadata[text] = text;
  }
  write_safetensors(folder / "file", tensors, metadata);
  const TensorFile file = read_safetensors(folder / "file");
  CHECK(file.tensors == tensors);
  CHECK(file.metadata == metadata);

  const std::string first = get(folder / "file");
  write_safetensors(folder / "file", file.tensors, file.metadata);
  CHECK(get(folder / "file") == first);
}

TEST_CASE("a file of another implementation reads as it was written") {
  const TensorFile file = read_safetensors(fs::path(RIDGE_FIXTURES) / "from_python.safetensors");
  Matrix<float> weight(2, 3);
  weight << 1, 2, 3, -4, 0.5f, 1e-30f;
  CHECK(file.find("fc1.weight")->matrix<float>() == weight);
  CHECK(file.find("fc1.bias")->vector<double>()(0) == 3.141592653589793);
  CHECK(file.find("step")->elements<std::int64_t>()(0) == 1234567890123);
  CHECK(file.find("step")->shape.empty());
  CHECK(file.find("half")->dtype == DType::f16);
  CHECK(file.find("mask")->bytes == tensor_of("", DType::boolean, {}, "\1\0\1"s).bytes);
  CHECK(file.find("cube")->shape == std::vector<Index>{2, 3, 4});
  CHECK(file.find("none")->matrix<float>().cols() == 5);
  CHECK(file.find("größe \"λ\" \U0001d6fd")->vector<float>()(0) == 7);
  CHECK(file.metadata.at("note") == "line\nbreak, \u00fc, \U0001f600");
}

TEST_CASE("tensors are read in the order of their bytes, whatever the header's order") {
  const TensorFile file = read(file_of(R"({"b":{"data_offsets":[1,2],"shape":[1],"dtype":"U8"},
      "__metadata__" : {}, "a":{"dtype":"U8", "shape":[], "data_offsets":[0,1]},
      "none":{"dtype":"F32","shape":[0],"data_offsets":[1,1]}})",
                                       "AB"));
  REQUIRE(file.tensors.size() == 3);
  CHECK(file.tensors[0] == tensor_of("a", DType::u8, {}, "A"));
  CHECK(file.tensors[1].name == "none");
  CHECK(file.tensors[2] == tensor_of("b", DType::u8, {1}, "B"));
  CHECK(file.metadata.empty());
}

TEST_CASE("a tensor is read as what it is, or not at all") {
  const Tensor tensor = Tensor::from("fc1.weight", Matrix<float>(Matrix<float>::Ones(2, 3)));
  CHECK(test::message_of<ValueError>([&] { tensor.matrix<double>(); }) ==
        "tensor \"fc1.weight\" of F32 [2, 3] cannot be read as F64");
  CHECK_THROWS_AS(tensor.matrix<std::int32_t>(), ValueError);
  CHECK(test::message_of<ShapeError>([&] { tensor.vector<float>(); }) ==
        "tensor \"fc1.weight\" of F32 [2, 3] is not a vector");
  CHECK_THROWS_AS(tensor_of("a", DType::f32, {1}, "1234").matrix<float>(), ShapeError);

  const Index big = std::numeric_limits<Index>::max();
  for (const std::vector<Index>& shape :
       {std::vector<Index>{2}, {-1}, {big, big}, {big, 2}, {0}, {2, -2}})
    CHECK_THROWS_AS(tensor_of("a", DType::f32, shape, "1234").elements<float>(), ShapeError);
}

TEST_CASE("a file that ends early is refused, wherever it ends") {
  const test::TemporaryFolder folder;
  write_safetensors(folder / "file", {Tensor::from("a", Matrix<float>(Matrix<float>::Ones(2, 3))),
                                      Tensor::from("b", ridge::Vector<double>::Ones(2))});
  const std::string whole = get(folder / "file");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    put(folder / "file", whole.substr(0, size));
    INFO("the first " << size << " bytes");
    CHECK_FALSE(loads(folder / "file"));
  }
  put(folder / "file", whole + "x");
  CHECK_FALSE(loads(folder / "file"));
}

TEST_CASE("a file with any bit flipped loads or is refused") {
  const test::TemporaryFolder folder;
  write_safetensors(folder / "file",
                    {Tensor::from("fc1", Matrix<float>(Matrix<float>::Ones(2, 3))),
                     Tensor::from("größe", ridge::Vector<double>::Ones(2))},
                    {{"note", "\n\U0001f600"}});
  const std::string whole = get(folder / "file");
  int loaded = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string bytes = whole;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    put(folder / "file", bytes);
    INFO("bit " << bit);
    loaded += loads(folder / "file") ? 1 : 0;
  }
  CHECK(loaded >= 8 * 40);  // at least all those that differ in data alone
}

TEST_CASE("what is wrong with a file is said, and where") {
  struct Case {
    std::string bytes, message;
    std::uint64_t offset;
  };
  const std::string good = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const auto shape = [](const std::string& extents) {
    return entry(R"({"dtype":"F32","shape":)" + extents + R"(,"data_offsets":[0,8]})");
  };
  const auto offsets = [](const std::string& pair) {
    return entry(R"({"dtype":"F32","shape":[2],"data_offsets":)" + pair + "}");
  };
  const auto two = [](const std::string& a, const std::string& b) {
    return file_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
                       R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}",
                   "12345678");
  };
  const Case each = GENERATE_COPY(values<Case>({
      // the header's length
      {"", "the file ends here, before the 8 bytes", 0},
      {"1234567", "the file ends here, before the 8 bytes", 7},
      {little_endian(3) + "{}", "promise a header of 3 bytes, where the file has 2 left", 0},
      {little_endian(~0ull) + "{}", "promise a header of 18446744073709551615 bytes", 0},
      {little_endian(1ull << 63) + "{}", "promise a header of 9223372036854775808 bytes", 0},
      // other kinds of files
      {"PK\3\4\0\0\x08\x08\0\0archive/data.pkl"s, "safetensors.torch.save_file", 0},
      {"PK\3\4\x14\0\0\0\0\0model.npz"s, "this is a zip archive, as torch.save writes", 0},
      {"\x80\2\x8a\nl\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", "this is a Python pickle", 0},
      {"\x80\4\x95\x1a\0\0\0\0\0\0\0}"s, "this is a Python pickle", 0},
      {"\x89HDF\r\n\x1a\n rest", "this is an HDF5 file, as Keras writes", 0},
      // JSON
      {file_of(""), "the header is not a JSON object, in braces", 8},
      {file_of("    "), "the header is not a JSON object, in braces", 8},
      {file_of("[]"), "the header is not a JSON object, in braces", 8},
      {file_of("\"a\""), "the header is not a JSON object, in braces", 8},
      {file_of("null"), "the header is not a JSON object, in braces", 8},
      {file_of("\xef\xbb\xbf{}"), "the header is not a JSON object, in braces", 8},
      {file_of("{"), "the header is not a JSON object, in braces", 8},
      {file_of("{\"a\""), "the header is not a JSON object, in braces", 8},
      {file_of("{\"a"), "the header is not a JSON object, in braces", 8},
      {file_of("{} {"), "the header is not a JSON object, in braces", 8},
      {file_of("{}\0"s), "the header is not a JSON object, in braces", 8},
      {file_of("{}\0}"s), "it has a zero byte", 8},
      {file_of("{}\0x}"s), "it has a zero byte", 8},
      {file_of("{'a':1}"), "the header is not JSON", 10},
      {file_of("{\"a\\x\":1}"), "the header is not JSON", 13},
      {file_of("{\"\\u12g4\":1}"), "the header is not JSON", 15},
      {file_of("{\"\\u12"), "the header is not a JSON object, in braces", 8},
      {file_of("{\"\\ud83d\":1}"), "the header is not JSON", 17},
      {file_of("{\"\\ud83dx\":1}"), "the header is not JSON", 17},
      {file_of("{\"\\ud83d\\u0041\":1}"), "the header is not JSON", 22},
      {file_of("{\"\\ude00\":1}"), "the header is not JSON", 16},
      {file_of("{\"a\nb\":1}"), "the header is not JSON", 12},
      {file_of("{\"a\":" + std::string(1'000'000, '[') + "}"),
       "\"a\": an array does not belong here", 14},
      // UTF-8: a lone byte, cut short, overlong, a surrogate, beyond Unicode
      {file_of("{\"\xff\":1}"), "the header is not JSON", 11},
      {file_of("{\"\xc3\":1}"), "the header is not JSON", 12},
      {file_of("{\"\xe2\x82"), "the header is not a JSON object, in braces", 8},
      {file_of("{\"\xc0\xaf\":1}"), "the header is not JSON", 11},
      {file_of("{\"\xed\xa0\x80\":1}"), "the header is not JSON", 12},
      {file_of("{\"\xf4\x90\x80\x80\":1}"), "the header is not JSON", 12},
      // names
      {file_of("{\"a\":" + good + ",\"a\":" + good + "}", "12345678"), ": \"a\" appears twice", 65},
      {file_of("{\"a\":" + good + ",\"\\u0061\":" + good + "}", "12345678"),
       ": \"a\" appears twice", 70},
      {file_of(R"({"__metadata__":{},"__metadata__":{}})"), ": \"__metadata__\" appears twice", 41},
      {file_of(R"({"__metadata__":{"a":"1","a":"2"}})"), "\"__metadata__\": \"a\" appears twice",
       36},
      {file_of(R"({"__metadata__":[]})"), "\"__metadata__\": an array does not belong here", 25},
      {file_of(R"({"__metadata__":{"a":1}})"), "\"__metadata__\": a number does not belong here",
       31},
      {file_of(R"({"__metadata__":{"a":{}}})"), "\"__metadata__\": an object does not belong here",
       30},
      // entries
      {entry("1"), "\"a\": a number does not belong here", 15},
      {entry("null"), "\"a\": null does not belong here", 17},
      {entry("{}"), "\"a\": a tensor needs dtype, shape and data_offsets", 15},
      {entry(R"({"dtype":"F32","shape":[2]})"),
       "\"a\": a tensor needs dtype, shape and data_offsets", 40},
      {entry(R"({"strides":[1]})"), "\"a\": a tensor has dtype, shape and data_offsets, and", 23},
      {entry(R"({"dtype":"F32","dtype":"F32"})"), "\"a\": \"dtype\" appears twice", 35},
      {entry(R"({"dtype":32})"), "\"a\": a number does not belong here", 25},
      {entry(R"({"dtype":"F8_E4M3"})"), "\"a\": a type that ridge does not know: \"F8_E4M3\"", 31},
      {entry(R"({"dtype":"F32" "shape")"), "the header is not JSON", 35},
      // shapes
      {shape("2"), "\"a\": a number does not belong here", 38},
      {shape("[2"), "\"a\": a string does not belong here", 53},
      {shape("[2 2]"), "the header is not JSON", 41},
      {shape("[-1]"), "\"a\": expected a whole number >= 0, got -1", 40},
      {shape("[2.0]"), "\"a\": expected a whole number >= 0 of at most 63 bits, got", 41},
      {shape("[2e0]"), "\"a\": expected a whole number >= 0 of at most 63 bits, got", 41},
      {shape("[02]"), "the header is not JSON", 40},
      {shape("[+2]"), "the header is not JSON", 38},
      {shape("[-0]"), "\"a\": expected a whole number >= 0, got 0", 40},
      {shape("[9223372036854775808]"), "\"a\": the number 9223372036854775808 is too large", 57},
      {shape("[99999999999999999999999]"),
       "\"a\": expected a whole number >= 0 of at most 63 bits, got", 61},
      {shape("[\"2\"]"), "\"a\": a string does not belong here", 40},
      {shape("[[2]]"), "\"a\": an array does not belong here", 38},
      {shape("[true]"), "\"a\": true and false do not belong here", 41},
      {shape("[3]"), "\"a\": F32 [3] takes 12 bytes, but data_offsets has 8", 61},
      {shape("[]"), "\"a\": F32 [] takes 4 bytes, but data_offsets has 8", 60},
      {shape("[0]"), "\"a\": F32 [0] takes 0 bytes, but data_offsets has 8", 61},
      {shape("[4611686018427387904,4]"), "\"a\": F32 [4611686018427387904, 4] takes more than 2^64",
       81},
      {shape("[4294967296,4294967296]"), "\"a\": F32 [4294967296, 4294967296] takes more than 2^64",
       81},
      // offsets
      {offsets("8"), "\"a\": a number does not belong here", 57},
      {offsets("[0]"), "\"a\": data_offsets must be two numbers, the end not before", 58},
      {offsets("[0,8,8]"), "\"a\": data_offsets has more than two numbers", 62},
      {offsets("[8,0]"), "\"a\": data_offsets must be two numbers, the end not before", 60},
      {offsets("[-8,0]"), "\"a\": expected a whole number >= 0, got -8", 59},
      {offsets("[8,16]"), "\"a\": the data begins at 8, after a hole that begins at 0", 14},
      {offsets("[9223372036854775799,9223372036854775807]"),
       "\"a\": the data begins at 9223372036854775799, after a hole", 14},
      {file_of("{\"a\":" + good + "}", "1234567"),
       "\"a\": the data ends at 8, but the file has 7 bytes of it", 14},
      {file_of("{\"a\":" + good + "}", "123456789"), "1 bytes that belong to no tensor", 70},
      {file_of("{}", "12345678"), "8 bytes that belong to no tensor", 10},
      {two("[0,4]", "[0,4]"), "\"b\": the data begins at 0, inside another tensor's, which", 66},
      {two("[0,4]", "[3,7]"), "\"b\": the data begins at 3, inside another tensor's, which", 66},
      {two("[4,8]", "[3,7]"), "\"b\": the data begins at 3, after a hole that begins at 0", 66},
      {two("[0,4]", "[5,9]"), "\"b\": the data begins at 5, after a hole that begins at 4", 66},
  }));
  const test::TemporaryFolder folder;
  const fs::path path = folder / "model.safetensors";
  put(path, each.bytes);
  INFO(each.bytes.substr(0, 200));
  try {
    read_safetensors(path);
    FAIL("was read");
  } catch (const FormatError& error) {
    INFO(error.what());
    CHECK(test::contains(error.what(), each.message));
    CHECK(error.offset() == each.offset);
    CHECK(error.path() == path.string());
  }
}

TEST_CASE("a header longer than the format allows is not read, even if the file is as long") {
  const test::TemporaryFolder folder;
  put(folder / "file", little_endian(100'000'001));
  fs::resize_file(folder / "file", 100'000'100);  // sparse
  CHECK(test::contains(test::message_of<FormatError>([&] { read_safetensors(folder / "file"); }),
                       "promise a header of 100000001 bytes, where the file has 100000092 left and "
                       "the format allows "
                       "100000000"));
}

TEST_CASE("what precedes a mistake does not swell its message") {
  const test::TemporaryFolder folder;
  for (const std::string spaces : {"\n", "\r\n", "\t ", " \n\n"}) {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += spaces;
    put(folder / "file", file_of("{" + many + "x}"));
    CHECK(test::message_of<FormatError>([&] { read_safetensors(folder / "file"); }).size() < 1000);
    put(folder / "file", file_of("{" + many + "\"__metadata__\":" + many + "{}" + many + "}"));
    CHECK(read_safetensors(folder / "file").tensors.empty());
  }
}

TEST_CASE("every escape of JSON is understood") {
  const TensorFile file = read(
      file_of(R"({"__metadata__":{"a":"\"\\\/\b\f\n\r\t\u0000\u00e9\u20aC\ud83d\uDE00\uffff"}})"));
  CHECK(file.metadata.at("a") == "\"\\/\b\f\n\r\t\0é€\U0001f600\uffff"s);
}

TEST_CASE("what cannot be a file is refused before the old one is touched") {
  const test::TemporaryFolder folder;
  const fs::path path = folder / "model";
  put(path, "old");
  const Tensor one = Tensor::from("a", ridge::Vector<float>::Ones(1));
  CHECK(test::message_of<ValueError>([&] {
          write_safetensors(path, {one, one});
        }) == path.string() + ": the name \"a\" is taken");
  CHECK_THROWS_AS(write_safetensors(path, {tensor_of("__metadata__", DType::u8, {}, "1")}),
                  ValueError);
  CHECK_THROWS_AS(write_safetensors(path, {tensor_of("\xff", DType::u8, {}, "1")}), ValueError);
  CHECK_THROWS_AS(write_safetensors(path, {one}, {{"\xc0\x80", "a"}}), ValueError);
  CHECK_THROWS_AS(write_safetensors(path, {one}, {{"a", "\xed\xa0\x80"}}), ValueError);
  CHECK_THROWS_AS(write_safetensors(path, {tensor_of("a", DType::f32, {1}, "123")}), ShapeError);
  CHECK_THROWS_AS(write_safetensors(path, {tensor_of("a", DType::f32, {0, -1}, "")}), ShapeError);
  CHECK(get(path) == "old");
  CHECK_THROWS_AS(write_safetensors(folder / "none" / "model", {one}), FileError);
}

TEST_CASE("a file that cannot be read is named, with the system's reason") {
  const test::TemporaryFolder folder;
  CHECK(test::message_of<FileError>([&] { read_safetensors(folder / "none"); }) ==
        (folder / "none").string() + ": cannot be opened: No such file or directory");
  CHECK(test::message_of<FileError>([&] { read_safetensors(folder.path()); }) ==
        folder.path().string() + ": is a folder; expected a file");
}
