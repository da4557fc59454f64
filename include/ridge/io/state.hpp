#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/state.hpp>
#include <ridge/io/safetensors.hpp>
#include <ridge/io/state_file.hpp>
#include <ridge/io/tensor.hpp>

namespace ridge {

/// Gathers the state of an object as tensors, and beside it what another object must have in common
/// with this one.
class StateWriter final : public StateVisitor {
 public:
  StateWriter() : StateVisitor(false) {}

  std::vector<Tensor> tensors;
  std::map<std::string, std::string> metadata;

  /// The tensors' type for numbers of this kind and size.
  static DType dtype_of(char kind, std::size_t size) {
    using enum DType;
    if (kind == 'f') return size == 4 ? f32 : f64;
    const bool sign = kind == 'i';
    if (size == 1) return sign ? i8 : u8;
    if (size == 2) return sign ? i16 : u16;
    if (size == 4) return sign ? i32 : u32;
    return sign ? i64 : u64;
  }

  /// Copies rows x cols elements from column after column to row after row.
  static void transpose(const std::byte* from, std::byte* to, Index rows, Index cols,
                        std::size_t size) {
    if (rows * cols == 0) return;  // both may be null
    const auto stride = static_cast<std::size_t>(rows) * size;
    for (Index row = 0; row < rows; ++row, from += size)
      for (Index col = 0; col < cols; ++col, to += size)
        std::memcpy(to, from + static_cast<std::size_t>(col) * stride, size);
  }

 private:
  void visit_numbers(const Numbers& n) override {
    Tensor tensor{name(), dtype_of(n.kind, n.size), {}, {}};
    if (n.rank > 0) tensor.shape.push_back(n.rows);
    if (n.rank > 1) tensor.shape.push_back(n.cols);
    tensor.bytes.resize(static_cast<std::size_t>(n.rows * n.cols) * n.size);
    transpose(static_cast<const std::byte*>(n.data), tensor.bytes.data(), n.rows, n.cols, n.size);
    tensors.push_back(std::move(tensor));
  }
  std::array<Index, 2> shape(int) override { return {}; }
  void require_any() override {}
  void require_same(std::string_view what, const std::string& value) override {
    metadata["same." + std::string(what)] = value;
  }
};

/// Gives an object the state that tensors hold. What it throws tells what does not fit; the object
/// may then have a part of the state.
class StateReader final : public StateVisitor {
 public:
  /// Both must outlive the reader.
  StateReader(const std::vector<Tensor>& tensors,
              const std::map<std::string, std::string>& metadata)
      : StateVisitor(true), metadata_(&metadata) {
    for (const Tensor& tensor : tensors) unread_.emplace(tensor.name, &tensor);
  }

  /// @throws ValueError if there is state that nobody has asked for
  void require_all_read() const {
    if (!unread_.empty())
      throw ValueError("it is of another run: there is nothing here that takes its " +
                       detail::json_string(unread_.begin()->first));
  }

 private:
  void visit_numbers(const Numbers& n) override {
    const Tensor& tensor = find();
    const DType dtype = StateWriter::dtype_of(n.kind, n.size);
    if (tensor.dtype != dtype)
      refuse(detail::text("is of ", name_of(tensor.dtype), ", and here of ", name_of(dtype)));
    std::vector<Index> expected{n.rows, n.cols};
    expected.resize(static_cast<std::size_t>(n.rank));
    if (tensor.shape != expected)
      refuse(detail::text("is ", detail::shape_text(tensor.shape), ", and here ",
                          detail::shape_text(expected)));
    StateWriter::transpose(tensor.bytes.data(), static_cast<std::byte*>(n.data), n.cols, n.rows,
                           n.size);
    unread_.erase(name());
  }
  std::array<Index, 2> shape(int rank) override {
    const std::vector<Index>& shape = find().shape;
    if (shape.size() != static_cast<std::size_t>(rank))
      refuse(detail::text("is ", detail::shape_text(shape), ", and not of rank ", rank));
    return {rank > 0 ? shape[0] : 1, rank > 1 ? shape[1] : 1};
  }
  void require_any() override {
    const auto part = unread_.lower_bound(name() + ".");
    if (!unread_.contains(name()) &&
        (part == unread_.end() || !part->first.starts_with(name() + ".")))
      miss();
  }
  void require_same(std::string_view what, const std::string& here) override {
    const auto found = metadata_->find("same." + std::string(what));
    const std::string there = found == metadata_->end() ? "none" : found->second;
    if (there != here)
      throw ValueError(
          detail::text("it is of another run: its ", what, " is ", there, ", and here ", here));
  }

  const Tensor& find() const {
    const auto found = unread_.find(name());
    if (found == unread_.end()) miss();
    return *found->second;
  }
  [[noreturn]] void miss() const {
    throw ValueError("it is of another run: it has no " + detail::json_string(name()));
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw ValueError("its " + detail::json_string(name()) + " " + what);
  }

  std::map<std::string_view, const Tensor*> unread_;
  const std::map<std::string, std::string>* metadata_;
};

namespace detail {

/// The state of an object in memory, to go back to.
class KeptState {
 public:
  template <class T>
  explicit KeptState(T& object) {
    object.visit_state(writer_);
  }
  template <class T>
  void restore(T& object) const {
    StateReader reader(writer_.tensors, writer_.metadata);
    object.visit_state(reader);
  }

 private:
  StateWriter writer_;
};

}  // namespace detail

/// Writes the state of an object, a `Trainer` for instance, in the place of what was there only
/// once it is safely on the disk: all that its `visit_state(visit)` visits; see `StateVisitor`.
/// @throws FileError if the file cannot be written
template <class T>
void save_state(const std::filesystem::path& path, T& object) {
  StateWriter writer;
  object.visit_state(writer);
  detail::write_state(path, writer.tensors, std::move(writer.metadata));
}

/// The same of one that is const, by a copy of it.
template <std::copyable T>
void save_state(const std::filesystem::path& path, const T& object) {
  T copy(object);
  save_state(path, copy);
}

/// Gives an object the state that `save_state` has written: all of it, or on an error none.
/// @return the build that wrote it, which is `build_description()` if the numbers that follow are
///         to be the same
/// @throws FileError   if the file cannot be read
/// @throws FormatError if it is damaged, or none of save_state's
/// @throws ValueError  if it is of another object, or of another version of the format
template <class T>
std::string load_state(const std::filesystem::path& path, T& object) {
  const TensorFile file = read_safetensors(path);
  if (!detail::holds_state(file))
    throw FormatError(path.string(), 0, "it has no state of a run; load_weights reads weights");
  detail::require_whole_state(path, file);
  const detail::KeptState before(object);
  try {
    StateReader reader(file.tensors, file.metadata);
    object.visit_state(reader);
    reader.require_all_read();
  } catch (const Error& error) {
    before.restore(object);
    throw ValueError(path.string() + ": " + error.what());
  } catch (...) {
    before.restore(object);
    throw;
  }
  const auto build = file.metadata.find(detail::state_build);
  return build == file.metadata.end() ? "" : build->second;
}

}  // namespace ridge
