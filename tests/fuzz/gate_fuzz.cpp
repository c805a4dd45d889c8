// Everything of a plugin's folder that the gate reads before it trusts it: the library, the manifest, the schema.
#include "plugin/elf.hpp"
#include "plugin/gate.hpp"
#include "plugin/manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  using namespace patchbay::plugin;
  const Result<Library> library = read_library({data, size});
  if (library) {
    const Status judged = judge_library(*library, host_abi());
    if (!judged && judged.error().remedy.empty()) std::abort();
  } else if (library.error().reason.empty() || library.error().remedy.empty()) {
    std::abort();
  }
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<Manifest> manifest = parse_manifest(text);
  if (manifest && (manifest->name.empty() || manifest->library.find('/') != std::string::npos)) std::abort();
  if (!manifest && manifest.error().reason.empty()) std::abort();
  const Result<nlohmann::json> schema = parse_schema(text);
  if (schema && !schema->is_object()) std::abort();
  return 0;
}
