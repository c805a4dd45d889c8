// A minimal plugin library made by hand after the System V gABI, for tests: one segment that holds dynamic section,
// symbols, names, hash table and the Patchbay note, and no section headers at all.
#pragma once

#include <patchbay/abi.h>

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace patchbay::plugin::sample {

enum class Hash : std::uint8_t { classic, gnu };

struct Parts {
  std::vector<std::string> exports{PATCHBAY_ENTRY};
  Hash hash = Hash::classic;
  std::uint16_t machine =
#if defined(__aarch64__)
      EM_AARCH64;
#else
      EM_X86_64;
#endif
  std::uint16_t type = ET_DYN;
  pb_note note{sizeof(PATCHBAY_NOTE_NAME), static_cast<std::uint32_t>(sizeof(pb_note) - offsetof(pb_note, abi_major)),
               PATCHBAY_NOTE_TYPE,         PATCHBAY_NOTE_NAME,
               PATCHBAY_ABI_MAJOR,         PATCHBAY_ABI_MINOR,
               PATCHBAY_ABI_OLDEST_MINOR,  0,
               PATCHBAY_ABI_MAGIC,         PATCHBAY_EXT_INTAKE " " PATCHBAY_EXT_CLOCK};
};

inline std::vector<std::uint8_t> library(const Parts& parts) {
  std::vector<std::uint8_t> file(sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr));
  const auto append = [&](const void* from, std::size_t length) {
    while (file.size() % 8 != 0) file.push_back(0);
    const std::uint64_t at = file.size();
    const auto* first = static_cast<const std::uint8_t*>(from);
    file.insert(file.end(), first, first + length);
    return at;
  };

  std::string names(1, '\0');
  std::vector<Elf64_Sym> symbols(1);
  std::memset(symbols.data(), 0, sizeof(Elf64_Sym));
  for (const std::string& name : parts.exports) {
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(names.size());
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_shndx = 1;
    symbols.push_back(symbol);
    names += name;
    names += '\0';
  }
  const auto count = static_cast<std::uint32_t>(symbols.size());
  std::vector<std::uint32_t> hash;
  if (parts.hash == Hash::classic) {
    hash = {1, count, count > 1 ? 1u : 0u, 0};  // one bucket; the chain of all symbols
    for (std::uint32_t i = 1; i < count; ++i) hash.push_back(i + 1 < count ? i + 1 : 0);
  } else {
    hash = {1, 1, 1, 0, 0, 0, count > 1 ? 1u : 0u};  // one bucket, one word of bloom filter; symbols from 1 on
    for (std::uint32_t i = 1; i < count; ++i) hash.push_back(i + 1 < count ? 2u : 3u);
  }
  const std::uint64_t names_at = append(names.data(), names.size());
  const std::uint64_t symbols_at = append(symbols.data(), symbols.size() * sizeof(Elf64_Sym));
  const std::uint64_t hash_at = append(hash.data(), hash.size() * sizeof(std::uint32_t));
  const std::vector<Elf64_Dyn> dynamic{{DT_STRTAB, {names_at}},
                                       {DT_STRSZ, {names.size()}},
                                       {DT_SYMTAB, {symbols_at}},
                                       {DT_SYMENT, {sizeof(Elf64_Sym)}},
                                       {parts.hash == Hash::classic ? DT_HASH : DT_GNU_HASH, {hash_at}},
                                       {DT_NULL, {0}}};
  const std::uint64_t dynamic_size = dynamic.size() * sizeof(Elf64_Dyn);
  const std::uint64_t dynamic_at = append(dynamic.data(), dynamic_size);
  const std::uint64_t note_at = append(&parts.note, sizeof parts.note);

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = parts.type;
  header.e_machine = parts.machine;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof header;
  header.e_ehsize = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 3;
  const Elf64_Phdr segments[3] = {{PT_LOAD, PF_R, 0, 0, 0, file.size(), file.size(), 4096},
                                  {PT_DYNAMIC, PF_R, dynamic_at, dynamic_at, dynamic_at, dynamic_size, dynamic_size, 8},
                                  {PT_NOTE, PF_R, note_at, note_at, note_at, sizeof parts.note, sizeof parts.note, 4}};
  std::memcpy(file.data(), &header, sizeof header);
  std::memcpy(file.data() + sizeof header, segments, sizeof segments);
  return file;
}

}  // namespace patchbay::plugin::sample
