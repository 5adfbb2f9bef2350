// semantics 23: a parameter type that Etch cannot look into is refused by the compiler, not at run time.
// error: this type cannot be an argument, a result or a carried value of a traced function
// error: list the members of your class with ETCH_FIELDS
#include <etch/etch.h>

class Opaque {
 public:
  explicit Opaque(int secret) : secret_(secret) {}

 private:
  int secret_;
};

void user() {
  auto f = etch::function([](Opaque opaque, etch::Tensor x) { return x; });
  f(Opaque(1), etch::constant(1.f));
}
