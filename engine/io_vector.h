// IoVector: one piece of a scattered transfer, in the layout that Linux calls
// struct iovec (pointer, then length), so that a Linux port passes an array of
// them to the kernel as it is. (Windows' WSABUF differs; that port translates.)

#ifndef WHARF_ENGINE_IO_VECTOR_H_
#define WHARF_ENGINE_IO_VECTOR_H_

#include <cstddef>

namespace wharf {

// `length` bytes from `base`. Does not own them.
struct IoVector {
  void* base = nullptr;
  std::size_t length = 0;
};

}  // namespace wharf

#endif  // WHARF_ENGINE_IO_VECTOR_H_
