// Sorting by slabs of layers, which makes adding to a grid by many threads safe without atomics: where what is added
// reaches into the next slab and no further, all even slabs can be filled at the same time, and then all odd ones.
#pragma once

#include <cstdint>

#include "kernels.h"
#include "numbers.h"

namespace vitreous {
namespace {

// A counting sort of items by their slab. Within a slab they keep their order, so that what is computed from it does not
// depend on the number of threads.
class SlabSort {
 public:
  SlabSort(int64_t most_items, int64_t slabs)
      : slabs_(slabs), sorted_(most_items), slab_of_(most_items), places_(chunks_of(most_items) * slabs),
        starts_(slabs + 1) {}

  bool failed() const { return sorted_.failed() || slab_of_.failed() || places_.failed() || starts_.failed(); }

  // `assign(first, stop, slab_of)` writes the slabs of the items first … stop - 1 to slab_of[0 …].
  template <typename Assign>
  void sort(const Threads* threads, int64_t items, const Assign& assign) {
    struct Job {
      SlabSort& sort;
      const Assign& assign;
      int64_t items;
      int64_t first(int64_t chunk) const { return chunk * kItemsPerChunk; }
      int64_t stop(int64_t chunk) const { return first(chunk + 1) < items ? first(chunk + 1) : items; }
    } job{*this, assign, items};
    threads->run(threads, chunks_of(items), [](void* data, int64_t chunk) {
      const Job& one = *static_cast<Job*>(data);
      const int64_t first = one.first(chunk);
      one.assign(first, one.stop(chunk), one.sort.slab_of_.at(first));
      one.sort.count(chunk, first, one.stop(chunk));
    }, &job);
    place(chunks_of(items));
    threads->run(threads, chunks_of(items), [](void* data, int64_t chunk) {
      const Job& one = *static_cast<Job*>(data);
      one.sort.move(chunk, one.first(chunk), one.stop(chunk));
    }, &job);
  }

  // Where a slab begins among the sorted; the one after the last begins at their end.
  int64_t start(int64_t slab) const { return *starts_.at(slab); }
  uint32_t operator[](int64_t i) const { return *sorted_.at(i); }

 private:
  static constexpr int64_t kItemsPerChunk = 4096;
  static int64_t chunks_of(int64_t items) { return (items + kItemsPerChunk - 1) / kItemsPerChunk; }

  void count(int64_t chunk, int64_t first, int64_t stop) {
    const uint32_t* slab_of = slab_of_.at(0);
    uint32_t* counts = places_.at(chunk * slabs_);
    for (int64_t s = 0; s < slabs_; ++s) counts[s] = 0;
    for (int64_t i = first; i < stop; ++i) ++counts[slab_of[i]];
  }

  void place(int64_t chunks) {
    uint32_t next = 0;
    for (int64_t s = 0; s < slabs_; ++s) {
      *starts_.at(s) = next;
      for (int64_t chunk = 0; chunk < chunks; ++chunk) {
        uint32_t& place = *places_.at(chunk * slabs_ + s);
        const uint32_t counted = place;
        place = next;
        next += counted;
      }
    }
    *starts_.at(slabs_) = next;
  }

  void move(int64_t chunk, int64_t first, int64_t stop) {
    const uint32_t* slab_of = slab_of_.at(0);
    uint32_t *places = places_.at(chunk * slabs_), *sorted = sorted_.at(0);
    for (int64_t i = first; i < stop; ++i) sorted[places[slab_of[i]]++] = static_cast<uint32_t>(i);
  }

  const int64_t slabs_;
  const Numbers<uint32_t> sorted_;   // items in the order of their slabs
  const Numbers<uint32_t> slab_of_;
  const Numbers<uint32_t> places_;   // per chunk and slab: first how many items, then where the next one goes
  const Numbers<uint32_t> starts_;   // where each slab begins among the sorted
};

}  // namespace
}  // namespace vitreous
