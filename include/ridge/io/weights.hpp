#pragma once

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <ridge/core/error.hpp>
#include <ridge/core/parameter.hpp>
#include <ridge/core/types.hpp>
#include <ridge/io/safetensors.hpp>
#include <ridge/io/state_file.hpp>
#include <ridge/io/tensor.hpp>

namespace ridge {

/// What `for_each_parameter` can walk: a layer, or a network of them.
template <class Net>
concept HasParameters = requires(const Net& net) {
  net.parameters();
};

namespace detail {

/// A weight is rows x columns even if the compiler knows it for one column; a bias is a vector.
template <Role R, class M>
std::vector<Index> shape_of(const Parameter<R, M>& parameter) {
  if constexpr (R == Role::weight)
    return {parameter.value.rows(), parameter.value.cols()};
  else
    return shape_of(parameter.value);
}

/// Rejects NaN and infinity; what diverged is neither kept nor trained on.
template <class Derived>
void require_finite(const Eigen::MatrixBase<Derived>& values, const std::string& path,
                    const Tensor& tensor) {
  if (values.allFinite()) return;
  for (Index row = 0; row < values.rows(); ++row)
    for (Index col = 0; col < values.cols(); ++col) {
      if (std::isfinite(values(row, col))) continue;
      std::vector<Index> position{row, col};
      position.resize(tensor.shape.size());
      throw ValueError(text(path, ": ", tensor.description(), " has ", values(row, col), " at ",
                            shape_text(position), ": weights must be finite"));
    }
}

inline std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + json_string(name);
  return out;
}

/// PyTorch's count of the batches that a normalization has seen, which says nothing that is used.
inline bool is_count_of_batches(std::string_view name) {
  return name.ends_with("num_batches_tracked");
}

/// Rejects a file whose tensors are not the network's parameters, one for one.
template <HasParameters Net>
void require_same_names(const std::string& path, const TensorFile& file, Net& net) {
  std::set<std::string> expected;
  std::vector<std::string> missing, unexpected;
  for_each_parameter(net, [&](const std::string& name, const auto&) {
    expected.insert(name);
    if (!file.find(name)) missing.push_back(name);
  });
  for (const Tensor& tensor : file.tensors)
    if (!expected.contains(tensor.name) && !is_count_of_batches(tensor.name))
      unexpected.push_back(tensor.name);
  std::string what;
  if (!missing.empty()) what += "; the file lacks the network's " + joined(missing);
  if (!unexpected.empty()) what += "; the network lacks the file's " + joined(unexpected);
  if (!what.empty())
    throw ValueError(
        path + ":" + what.substr(1) +
        ". Build the network as the one was that was saved; ridge::named names a layer");
}

/// The network's parameters alone, if the file holds the state of a run.
inline TensorFile read_parameters(const std::filesystem::path& path) {
  TensorFile file = read_safetensors(path);
  if (!holds_state(file)) return file;
  require_whole_state(path, file);
  std::erase_if(file.tensors,
                [](const Tensor& tensor) { return !tensor.name.starts_with(state_net); });
  for (Tensor& tensor : file.tensors) tensor.name.erase(0, state_net.size());
  return file;
}

/// Rejects a tensor that a parameter of this type and shape cannot take.
template <Role R, class M>
void require_fit(const std::string& path, const Tensor& tensor, const Parameter<R, M>& parameter) {
  using T = typename M::Scalar;
  const std::string what = text(path, ": ", tensor.description(), ", but the network has ");
  if (tensor.dtype != dtype_of<T>())
    throw ValueError(
        text(what, name_of(dtype_of<T>()),
             ": convert the file, as with tensor.float() or tensor.double() in PyTorch, "
             "or build the network with the file's type"));
  const std::vector<Index> shape = shape_of(parameter);
  if (tensor.shape != shape)
    throw ShapeError(text(what, shape_text(shape),
                          ": build the network with the sizes of the one that was saved"));
  const M& value = parameter.value;
  require_finite(map_of<const T>(tensor.bytes, value.rows(), value.cols()), path, tensor);
}

}  // namespace detail

/// Writes a network's parameters as a safetensors file, in the place of what was there only once it
/// is safely on the disk. A weight is out x in, as PyTorch has it.
///
/// @throws ValueError if a weight is NaN or infinite, FileError if the file cannot be written; what
///         was there is then untouched
template <HasParameters Net>
void save_weights(const std::filesystem::path& path, const Net& net,
                  const std::map<std::string, std::string>& metadata = {}) {
  std::vector<Tensor> tensors;
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    tensors.push_back(Tensor::from(name, parameter.value));
    tensors.back().shape = detail::shape_of(parameter);
    detail::require_finite(parameter.value, path.string(), tensors.back());
  });
  write_safetensors(path, tensors, metadata);
}

/// Gives a network the parameters of a safetensors file: all of them, or on an error none. The file
/// may be a checkpoint.
///
/// @throws FileError if it cannot be read, FormatError if it is not safetensors, ShapeError if a
///         tensor has another shape than the parameter of its name, ValueError if names are missing
///         or left over, a type differs, or a weight is NaN or infinite
template <HasParameters Net>
void load_weights(const std::filesystem::path& path, Net& net) {
  static_assert(!std::is_const_v<Net>, "ridge::load_weights: the network is const");
  const TensorFile file = detail::read_parameters(path);
  detail::require_same_names(path.string(), file, net);
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    detail::require_fit(path.string(), *file.find(name), parameter);
  });
  for_each_parameter(net, [&](const std::string& name, const auto& parameter) {
    using T = typename std::remove_cvref_t<decltype(parameter.value)>::Scalar;
    auto& value = parameter.value;
    value = detail::map_of<const T>(file.find(name)->bytes, value.rows(), value.cols());
  });
}

}  // namespace ridge
