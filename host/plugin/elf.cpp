#include "plugin/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

namespace patchbay::plugin {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t host_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t host_machine = EM_AARCH64;
#elif defined(__riscv)
constexpr std::uint16_t host_machine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr std::uint16_t host_machine = EM_PPC64;
#elif defined(__s390x__)
constexpr std::uint16_t host_machine = EM_S390;
#else
#error "name this machine's e_machine here"
#endif
constexpr std::uint8_t host_order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
// A plugin exports one symbol and imports some hundreds. More than this is no plugin, and would cost time to read.
constexpr std::uint64_t most_symbols = 1u << 20;
constexpr const char* rebuild = "build the plugin again, and copy the file whole";

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_386:
      return "32-bit x86";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "32-bit ARM";
    case EM_AARCH64:
      return "AArch64";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC64:
      return "PowerPC 64";
    case EM_S390:
      return "S/390";
    default:
      return "machine number " + std::to_string(machine);
  }
}

tl::unexpected<Error> broken(std::string reason) { return failure(ErrorCode::invalid, std::move(reason), rebuild); }

// A part of a file. Reads nothing beyond it, whatever offset it is asked for.
class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }

  [[nodiscard]] std::optional<Bytes> part(std::uint64_t offset, std::uint64_t length) const {
    if (offset > bytes_.size() || length > bytes_.size() - offset) return std::nullopt;
    return Bytes(bytes_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)));
  }

  template <class Struct>
  requires std::is_trivially_copyable_v<Struct>
  [[nodiscard]] std::optional<Struct> at(std::uint64_t offset) const {
    const auto found = part(offset, sizeof(Struct));
    if (!found) return std::nullopt;
    Struct value;
    std::memcpy(&value, found->bytes_.data(), sizeof value);
    return value;
  }

  // The element of an array that starts here.
  template <class Struct>
  [[nodiscard]] std::optional<Struct> element(std::uint64_t index) const {
    if (index > bytes_.size() / sizeof(Struct)) return std::nullopt;
    return at<Struct>(index * sizeof(Struct));
  }

  // The text up to the next zero. Nothing when there is none.
  [[nodiscard]] std::optional<std::string_view> text(std::uint64_t offset) const {
    if (offset >= bytes_.size()) return std::nullopt;
    const auto rest = view().substr(static_cast<std::size_t>(offset));
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    return rest.substr(0, end);
  }

  [[nodiscard]] std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::span<const std::uint8_t> bytes_;
};

struct Image {
  Bytes file;
  std::vector<Elf64_Phdr> segments;

  // What will stand at a virtual address once the library is loaded, up to the end of its segment in the file.
  [[nodiscard]] std::optional<Bytes> loaded_at(std::uint64_t address) const {
    for (const Elf64_Phdr& segment : segments) {
      if (segment.p_type != PT_LOAD || address < segment.p_vaddr || address - segment.p_vaddr >= segment.p_filesz)
        continue;
      const auto bytes = file.part(segment.p_offset, segment.p_filesz);
      if (!bytes) return std::nullopt;
      const std::uint64_t skipped = address - segment.p_vaddr;
      return bytes->part(skipped, segment.p_filesz - skipped);
    }
    return std::nullopt;
  }
};

Result<Elf64_Ehdr> read_header(const Bytes& file) {
  if (!file.view().starts_with(std::string_view(ELFMAG, SELFMAG)))
    return failure(ErrorCode::invalid, "expected an ELF file, found none of its magic bytes",
                   "put the plugin's shared library there, as patchbay_add_plugin builds it");
  const auto identity = file.part(0, EI_NIDENT);
  if (!identity) return broken("the ELF header is cut short");
  const auto class_of = static_cast<std::uint8_t>(identity->view()[EI_CLASS]);
  if (class_of != ELFCLASS64)
    return failure(ErrorCode::invalid,
                   class_of == ELFCLASS32 ? "expected a 64-bit library, found a 32-bit one"
                                          : "expected a 64-bit library, found ELF class " + std::to_string(class_of),
                   "build the plugin for this machine");
  const auto order = static_cast<std::uint8_t>(identity->view()[EI_DATA]);
  if (order != host_order)
    return failure(ErrorCode::invalid, "expected the byte order of this machine, found the other one",
                   "build the plugin for this machine");
  const auto header = file.at<Elf64_Ehdr>(0);
  if (!header) return broken("the ELF header is cut short");
  if (header->e_machine != host_machine)
    return failure(
        ErrorCode::invalid,
        "expected a library for " + machine_name(host_machine) + ", found one for " + machine_name(header->e_machine),
        "build the plugin for this machine");
  if (header->e_type != ET_DYN)
    return failure(ErrorCode::invalid,
                   "expected a shared library, found ELF type " + std::to_string(header->e_type) +
                       (header->e_type == ET_REL ? " (an object file)" : ""),
                   "link it as a shared library (-shared), or use patchbay_add_plugin");
  return *header;
}

Result<Image> read_segments(const Bytes& file) {
  const Elf64_Ehdr header = PATCHBAY_TRY(read_header(file));
  if (header.e_phentsize != sizeof(Elf64_Phdr))
    return broken("its program headers have a size that ELF64 does not know");
  Image image{file, {}};
  const auto table = file.part(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  if (!table) return broken("its program headers reach past the end of the file");
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const Elf64_Phdr segment = *table->element<Elf64_Phdr>(i);
    const bool is_read = segment.p_type == PT_LOAD || segment.p_type == PT_NOTE || segment.p_type == PT_DYNAMIC;
    if (is_read && !file.part(segment.p_offset, segment.p_filesz))
      return broken("segment " + std::to_string(i) + " reaches past the end of the file");
    image.segments.push_back(segment);
  }
  return image;
}

struct Dynamic {
  std::uint64_t strings = 0, strings_size = 0, symbols = 0, symbol_size = 0, hash = 0, gnu_hash = 0;
};

Result<Dynamic> read_dynamic(const Image& image) {
  const auto found = std::find_if(image.segments.begin(), image.segments.end(),
                                  [](const Elf64_Phdr& segment) { return segment.p_type == PT_DYNAMIC; });
  if (found == image.segments.end()) return broken("it has no dynamic section");
  const Bytes bytes = *image.file.part(found->p_offset, found->p_filesz);  // checked in read_segments
  Dynamic dynamic;
  for (std::uint64_t i = 0;; ++i) {
    const auto entry = bytes.element<Elf64_Dyn>(i);
    if (!entry) return broken("its dynamic section has no end");
    const std::uint64_t value = entry->d_un.d_val;
    switch (entry->d_tag) {
      case DT_NULL:
        return dynamic;
      case DT_STRTAB:
        dynamic.strings = value;
        break;
      case DT_STRSZ:
        dynamic.strings_size = value;
        break;
      case DT_SYMTAB:
        dynamic.symbols = value;
        break;
      case DT_SYMENT:
        dynamic.symbol_size = value;
        break;
      case DT_HASH:
        dynamic.hash = value;
        break;
      case DT_GNU_HASH:
        dynamic.gnu_hash = value;
        break;
      default:
        break;
    }
  }
}

// The dynamic section does not say how many symbols there are. The GNU hash table does so in a roundabout way: the
// chain that starts last ends at the last symbol.
Result<std::uint64_t> count_by_gnu_hash(const Bytes& table) {
  struct Header {
    std::uint32_t buckets, first_symbol, bloom_words, bloom_shift;
  };
  const auto header = table.at<Header>(0);
  if (!header) return broken("its GNU hash table is cut short");
  const std::uint64_t buckets_at = sizeof(Header) + std::uint64_t{header->bloom_words} * sizeof(std::uint64_t);
  const std::uint64_t buckets_size = std::uint64_t{header->buckets} * sizeof(std::uint32_t);
  const auto buckets = table.part(buckets_at, buckets_size);
  if (!buckets) return broken("its GNU hash table is cut short");
  std::uint32_t last = 0;
  for (std::uint64_t i = 0; i < header->buckets; ++i) last = std::max(last, *buckets->element<std::uint32_t>(i));
  if (last == 0) return std::uint64_t{header->first_symbol};
  if (last < header->first_symbol) return broken("its GNU hash table contradicts itself");
  const std::uint64_t chains_at = buckets_at + buckets_size;
  for (std::uint64_t symbol = last;; ++symbol) {
    const auto hash = table.at<std::uint32_t>(chains_at + (symbol - header->first_symbol) * sizeof(std::uint32_t));
    if (!hash) return broken("a chain of its GNU hash table has no end");
    if ((*hash & 1u) != 0) return symbol + 1;
  }
}

Result<std::uint64_t> count_symbols(const Image& image, const Dynamic& dynamic) {
  if (dynamic.hash != 0) {
    const auto table = image.loaded_at(dynamic.hash);
    const auto chains = table ? table->element<std::uint32_t>(1) : std::nullopt;
    if (!chains) return broken("its hash table is cut short");
    return std::uint64_t{*chains};
  }
  if (dynamic.gnu_hash == 0) return broken("it has no hash table, by which symbols are found");
  const auto table = image.loaded_at(dynamic.gnu_hash);
  if (!table) return broken("its GNU hash table is in no segment");
  return count_by_gnu_hash(*table);
}

bool is_export(const Elf64_Sym& symbol) {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

Result<std::vector<std::string>> read_exports(const Image& image) {
  const Dynamic dynamic = PATCHBAY_TRY(read_dynamic(image));
  if (dynamic.symbols == 0 || dynamic.strings == 0) return broken("it has no dynamic symbols");
  if (dynamic.symbol_size != sizeof(Elf64_Sym))
    return broken("its dynamic symbols have a size that ELF64 does not know");
  const std::uint64_t count = PATCHBAY_TRY(count_symbols(image, dynamic));
  if (count > most_symbols)
    return broken("it has " + std::to_string(count) + " dynamic symbols, of which at most " +
                  std::to_string(most_symbols) + " are read");
  const auto symbols_here = image.loaded_at(dynamic.symbols);
  const auto symbols = symbols_here ? symbols_here->part(0, count * sizeof(Elf64_Sym)) : std::nullopt;
  if (!symbols) return broken("its dynamic symbols reach past their segment");
  const auto strings_here = image.loaded_at(dynamic.strings);
  const auto strings = strings_here ? strings_here->part(0, dynamic.strings_size) : std::nullopt;
  if (!strings) return broken("the names of its dynamic symbols reach past their segment");

  std::vector<std::string> exports;
  for (std::uint64_t i = 1; i < count; ++i) {  // the first is no symbol
    const Elf64_Sym symbol = *symbols->element<Elf64_Sym>(i);
    if (!is_export(symbol)) continue;
    const auto name = strings->text(symbol.st_name);
    if (!name) return broken("the name of dynamic symbol " + std::to_string(i) + " is outside of the names");
    exports.emplace_back(*name);
    // Names may overlap in the file, so the symbols' limit alone does not bound the memory.
    if (exports.size() > 1000) return broken("it exports more than 1000 symbols");
  }
  return exports;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) found.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return found;
}

Result<Note> read_note(const Bytes& descriptor) {
  constexpr std::uint64_t before = offsetof(pb_note, abi_major);
  if (descriptor.size() < sizeof(pb_note) - before)
    return broken("its Patchbay note has " + std::to_string(descriptor.size()) + " bytes instead of " +
                  std::to_string(sizeof(pb_note) - before));
  const auto number = [&](std::size_t offset) { return *descriptor.at<std::uint32_t>(offset - before); };
  const std::string_view extensions =
      descriptor.view().substr(offsetof(pb_note, extensions) - before, PATCHBAY_NOTE_EXTENSIONS);
  Note note;
  note.abi_major = number(offsetof(pb_note, abi_major));
  note.abi_minor = number(offsetof(pb_note, abi_minor));
  note.least_host_minor = number(offsetof(pb_note, least_host_minor));
  note.magic = *descriptor.at<std::uint64_t>(offsetof(pb_note, magic) - before);
  note.extensions = words(extensions.substr(0, extensions.find('\0')));
  return note;
}

// Notes stand one after the other: header, name, descriptor, the latter two filled up to the segment's alignment.
Status read_notes(const Bytes& segment, std::uint64_t alignment, std::vector<Note>& notes) {
  const auto filled = [&](std::uint64_t length) { return (length + alignment - 1) / alignment * alignment; };
  std::uint64_t at = 0;
  while (at < segment.size()) {
    const auto header = segment.at<Elf64_Nhdr>(at);
    if (!header) return broken("one of its notes is cut short");
    const std::uint64_t name_at = at + sizeof(Elf64_Nhdr);
    const std::uint64_t descriptor_at = at + filled(sizeof(Elf64_Nhdr) + std::uint64_t{header->n_namesz});
    const auto name = segment.part(name_at, header->n_namesz);
    const auto descriptor = segment.part(descriptor_at, header->n_descsz);
    if (!name || !descriptor) return broken("one of its notes is cut short");
    constexpr std::string_view ours{PATCHBAY_NOTE_NAME, sizeof PATCHBAY_NOTE_NAME};
    if (name->view() == ours && header->n_type == PATCHBAY_NOTE_TYPE) {
      notes.push_back(PATCHBAY_TRY(read_note(*descriptor)));
      if (notes.size() > 1)
        return failure(ErrorCode::invalid, "it has more than one Patchbay note",
                       "write PATCHBAY_NOTE once in a plugin");
    }
    at = descriptor_at + filled(header->n_descsz);
  }
  return {};
}

}  // namespace

Result<Library> read_library(std::span<const std::uint8_t> bytes) {
  const Image image = PATCHBAY_TRY(read_segments(Bytes(bytes)));
  Library library;
  library.exports = PATCHBAY_TRY(read_exports(image));
  for (const Elf64_Phdr& segment : image.segments) {
    if (segment.p_type != PT_NOTE) continue;
    const Bytes notes = *image.file.part(segment.p_offset, segment.p_filesz);  // checked in read_segments
    PATCHBAY_CHECK(read_notes(notes, segment.p_align == 8 ? 8 : 4, library.notes));
  }
  return library;
}

}  // namespace patchbay::plugin
