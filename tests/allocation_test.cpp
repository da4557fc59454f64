// After its first step, training allocates nothing. Every allocation of this executable is counted.
#include <atomic>
#include <cstddef>
#include <cstdlib>

#include <ridge/ridge.hpp>

#include "catch.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RIDGE_TEST_COUNTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define RIDGE_TEST_COUNTS 0
#endif
#endif
#if !defined(RIDGE_TEST_COUNTS) && defined(__GLIBC__)
#define RIDGE_TEST_COUNTS 1
#endif

#if RIDGE_TEST_COUNTS

namespace {
std::atomic<long> allocations{0};
}

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* realloc(void* old, std::size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
}

namespace {

using namespace ridge;

template <class Scalar>
Dataset<std::uint8_t, std::uint8_t> random_images(Index features, Index samples) {
  Matrix<std::uint8_t> x(features, samples);
  RowVector<std::uint8_t> labels(samples);
  Random random{1};
  for (auto& value : x.reshaped()) value = static_cast<std::uint8_t>(random.below(256));
  for (auto& label : labels.reshaped()) label = static_cast<std::uint8_t>(random.below(10));
  return {std::move(x), std::move(labels), 1.0 / 255};
}

/// Counts from the first step of the first epoch to the last step of the last one.
struct Count {
  long first = 0, last = 0;
  void after_step(auto& run) {
    if (run.epoch == 1 && run.step == 1) first = allocations;
    last = allocations;
  }
};

TEST_CASE("the counter counts", "[allocation]") {
  const long before = allocations;
  Vector<float> v(1000);
  v.setZero();
  CHECK(v.sum() == 0);
  CHECK(allocations == before + 1);
}

TEMPLATE_TEST_CASE("training allocates nothing after its first step", "[allocation]", float,
                   double) {
  // Larger than every block of the products, with short last tiles and a short last batch.
  const auto data = random_images<TestType>(784, 3 * 64 + 17);
  Sequential net{
      named("a layer with a name too long for the small string", Linear<TestType>{784, 300}),
      ReLU{}, Linear<TestType>{300, 70}, GELU{}, Linear<TestType>{70, 10}};
  initialize(net, Random{1});
  Count count;

  SECTION("plain") {
    fit(net, CrossEntropy{}, SGD{}, data, {.epochs = 3}, count);
    CHECK(count.last == count.first);
  }
  SECTION("with momentum and a penalty") {
    fit(net, CrossEntropy{} + L2{1e-4},
        SGD{.momentum = 0.9, .weight_decay = 1e-4, .nesterov = true}, data,
        {.epochs = 3, .batch_size = 50}, count);
    CHECK(count.last == count.first);
  }
  SECTION("batches larger than every block") {
    const auto many = random_images<TestType>(784, 1500);
    fit(net, CrossEntropy{}, SGD{}, many, {.epochs = 2, .batch_size = 600}, count);
    CHECK(count.last == count.first);
  }
  SECTION("a weight that few threads share by columns, and many by rows") {
    const int before = threads();
    for (const int count_of_threads : {1, 2, 4, 7}) {
      set_threads(count_of_threads);
      for (const Index inputs : {150, 300}) {
        Sequential wide{Linear<TestType>{inputs, 1024}, ReLU{}, Linear<TestType>{1024, 10}};
        initialize(wide, Random{2});
        fit(wide, CrossEntropy{}, SGD{}, random_images<TestType>(inputs, 3 * 64 + 10),
            {.epochs = 2}, count);
        CAPTURE(count_of_threads, inputs);
        CHECK(count.last == count.first);
      }
    }
    set_threads(before);
  }
  SECTION("one sample a step") {
    fit(net, CrossEntropy{}, SGD{}, data, {.epochs = 1, .batch_size = 1}, count);
    CHECK(count.last == count.first);
  }
}

TEST_CASE("nor does it with random layers, statistics and stored gradients", "[allocation]") {
  const auto data = random_images<float>(784, 3 * 64 + 17);
  const Dataset<std::uint8_t, std::uint8_t> images{
      data.inputs(), data.targets(), data.scale(), {28, 28}};
  Sequential net{Dropout{0.1},       Linear<float>{784, 100}, BatchNorm<float>{100}, ReLU{},
                 GaussianNoise{0.1}, Linear<float>{100, 60},  LayerNorm<float>{60},  ReLU{},
                 Dropout{0.5},       Linear<float>{60, 10}};
  initialize(net, Random{1});
  Count count;
  const auto objective = CrossEntropy{.label_smoothing = 0.1} + L1{1e-4} +
                         GroupLasso{1e-4}.on("1") + MaxNorm{2}.on("9");
  SECTION("fused, with a step size for each weight") {
    fit(net, objective, Adam{.learning_rate = 1e-4, .decay = Decay::decoupled}, images,
        {.epochs = 3, .shift = 2}, count, LearningRate{CosineAnnealing{.period = 12}, Every::step});
  }
  SECTION("stored, clipped and sharpness-aware") {
    fit(net, objective, SGD{.momentum = 0.9}, images,
        {.epochs = 3, .step = {.clip_value = 1, .clip_global_norm = 1, .sharpness_radius = 0.05}},
        count);
  }
  SECTION("samples with weights") {
    fit(net, objective, SGD{}, images.with_weights(RowVector<double>::Ones(209)), {.epochs = 3},
        count);
  }
  SECTION("accumulated") {  // from the second step that was made on
    Trainer trainer(net, objective, SGD{}, {.accumulate = 2});
    fit(trainer, images, {.epochs = 1});
    fit(trainer, images, {.epochs = 2}, count);
  }
  CHECK(count.last == count.first);
}

}  // namespace

#else

TEST_CASE("allocations are not counted in this build") { SUCCEED(); }

#endif
