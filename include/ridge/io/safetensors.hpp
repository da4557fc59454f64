#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/types.hpp>
#include <ridge/io/atomic_file.hpp>
#include <ridge/io/file.hpp>
#include <ridge/io/safetensors_header.hpp>
#include <ridge/io/tensor.hpp>

// The safetensors format (https://huggingface.co/docs/safetensors): the header's length as 8 bytes,
// little-endian; the header, JSON; the tensors' bytes, without a gap, where the header says.

namespace ridge {

/// What a safetensors file holds: its tensors in the order of their bytes, and its metadata.
struct TensorFile {
  std::vector<Tensor> tensors;
  std::map<std::string, std::string> metadata;

  /// The tensor of this name, or null.
  const Tensor* find(std::string_view name) const {
    const auto is_named = [&](const Tensor& tensor) { return tensor.name == name; };
    const auto found = std::find_if(tensors.begin(), tensors.end(), is_named);
    return found == tensors.end() ? nullptr : &*found;
  }
};

namespace detail {

/// The limit of the format's reference implementation, in bytes.
inline constexpr std::uint64_t longest_header = 100'000'000;

/// What another kind of file is, and what to do about it; nothing if it is not known.
inline std::string_view foreign_format(std::string_view beginning) {
  constexpr std::string_view zip =
      ": this is a zip archive, as torch.save writes; write the weights with "
      "safetensors.torch.save_file";
  constexpr std::string_view pickle =
      ": this is a Python pickle, as old versions of torch.save write; write the weights with "
      "safetensors.torch.save_file";
  constexpr std::string_view hdf5 =
      ": this is an HDF5 file, as Keras writes; write the weights with safetensors.numpy.save_file";
  constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"PK\3\4", zip}, {"\x80\2\x8a\n", pickle}, {"\x80\4\x95", pickle}, {"\x89HDF", hdf5}};
  for (const auto& [magic, advice] : known)
    if (beginning.substr(0, magic.size()) == magic) return advice;
  return {};
}

/// The header's text, no longer than what the file has.
inline std::string read_header(InputFile& source) {
  if (source.left() < 8)
    throw FormatError(source.path(), source.left(),
                      "the file ends here, before the 8 bytes of a safetensors header's length");
  char beginning[8];
  source.read(beginning, 8);
  std::uint64_t length = 0;
  std::memcpy(&length, beginning, 8);
  if (length > longest_header || length > source.left())
    throw FormatError(
        source.path(), 0,
        text("not a safetensors file: its first 8 bytes promise a header of ", length,
             " bytes, where the file has ", source.left(), " left and the format allows ",
             longest_header, foreign_format({beginning, 8})));
  std::string header(static_cast<std::size_t>(length), '\0');
  source.read(header.data(), length);
  return header;
}

/// Rejects entries, in the order of their bytes, that overlap, leave holes or are not all the data.
inline void require_contiguous(const std::vector<TensorEntry>& entries, const InputFile& source) {
  std::uint64_t end = 0;
  for (const TensorEntry& entry : entries) {
    const auto fail = [&](const std::string& what) {
      throw FormatError(source.path(), entry.position,
                        json_string(entry.tensor.name) + ": " + what);
    };
    if (entry.begin < end)
      fail(text("the data begins at ", entry.begin, ", inside another tensor's, which ends at ",
                end));
    if (entry.begin > end)
      fail(text("the data begins at ", entry.begin, ", after a hole that begins at ", end));
    if (entry.end > source.left())
      fail(text("the data ends at ", entry.end, ", but the file has ", source.left(),
                " bytes of it"));
    end = entry.end;
  }
  if (end != source.left())
    throw FormatError(source.path(), source.at() + end,
                      text(source.left() - end, " bytes that belong to no tensor"));
}

}  // namespace detail

/// Reads a safetensors file. Whatever its bytes are, memory stays in proportion to the file's size.
/// @throws FileError if it cannot be read, FormatError if it is not what the format says
inline TensorFile read_safetensors(const std::filesystem::path& path) {
  detail::InputFile source(path);
  const std::string header = detail::read_header(source);
  detail::HeaderReader reader(header, source.path(), source.at() - header.size());
  TensorFile file{{}, std::move(reader.metadata)};
  std::vector<detail::TensorEntry> entries = std::move(reader.entries);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  detail::require_contiguous(entries, source);
  for (detail::TensorEntry& entry : entries) {
    entry.tensor.bytes.resize(static_cast<std::size_t>(entry.end - entry.begin));
    source.read(entry.tensor.bytes.data(), entry.tensor.bytes.size());
    file.tensors.push_back(std::move(entry.tensor));
  }
  return file;
}

/// Writes a safetensors file, in the place of what was there only once it is safely on the disk.
/// The same tensors make the same bytes.
///
/// @param metadata beside `"format": "pt"`, which some readers ask for
/// @throws ValueError if two tensors have one name, or a text is not UTF-8; ShapeError if a tensor
///         has other bytes than its shape says; FileError if the file cannot be written
inline void write_safetensors(const std::filesystem::path& path, const std::vector<Tensor>& tensors,
                              std::map<std::string, std::string> metadata = {}) {
  const auto quoted = [&](const std::string& text) {
    try {
      return nlohmann::json(text).dump();
    } catch (const nlohmann::json::type_error&) {
      throw ValueError(path.string() +
                       ": a name or metadata that is not UTF-8: " + detail::json_string(text));
    }
  };
  metadata.emplace("format", "pt");
  std::string header = "{\"__metadata__\":{";
  for (const auto& [key, value] : metadata) header += quoted(key) + ":" + quoted(value) + ",";
  header.back() = '}';

  std::set<std::string_view> names{detail::metadata_key};
  std::uint64_t begin = 0;
  for (const Tensor& tensor : tensors) {
    tensor.require_consistent();
    const std::string name = quoted(tensor.name);
    if (!names.insert(tensor.name).second)
      throw ValueError(path.string() + ": the name " + name + " is taken");
    const std::uint64_t end = begin + tensor.bytes.size();
    header += detail::text(",", name, ":{\"dtype\":\"", name_of(tensor.dtype),
                           "\",\"shape\":", detail::shape_text(tensor.shape, ","),
                           ",\"data_offsets\":[", begin, ",", end, "]}");
    begin = end;
  }
  header += '}';
  header.append((8 - header.size() % 8) % 8, ' ');
  if (header.size() > detail::longest_header)
    throw ValueError(path.string() + ": names and metadata of more than 100 MB");

  AtomicFile file(path);
  const std::uint64_t length = header.size();
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const Tensor& tensor : tensors) file.write(tensor.bytes);
  file.commit();
}

}  // namespace ridge
