# Turns `readelf --debug-dump=info` into one line per struct, member, enumerator and type name of the ABI.
# GCC and clang write different trees for the same header; what is printed here is the same for both.

# " <2><62>: Abbrev Number: 7 (DW_TAG_member)"
/^ *<[0-9a-f]+><[0-9a-f]+>: Abbrev Number: [0-9]+ \(/ {
  split($1, parts, /[<>:]+/)
  depth = parts[2] + 0
  entry = parts[3]
  entries[++count] = entry
  tag[entry] = $NF
  gsub(/[()]/, "", tag[entry])
  above[depth] = entry
  parent[entry] = depth > 0 ? above[depth - 1] : ""
  if (depth > 0) children[parent[entry]] = children[parent[entry]] " " entry
  next
}

# "    <63>   DW_AT_name        : (indirect string, offset: 0x7d1): ptrdiff_t"
/^ *<[0-9a-f]+> +DW_AT_/ {
  attribute = $2
  sub(/:$/, "", attribute)
  value = $0
  sub(/^[^:]*: */, "", value)
  sub(/^\(indirect string, offset: (0x)?[0-9a-f]+\): /, "", value)  # "offset: 0" of the first
  gsub(/[ \t]+$/, "", value)
  if (attribute == "DW_AT_type") gsub(/[<>]|0x/, "", value)
  attributes[entry, attribute] = value
}

function named(id) { return attributes[id, "DW_AT_name"] }

function type_of(id) { return (id, "DW_AT_type") in attributes ? attributes[id, "DW_AT_type"] : "" }

# The type of a declarator, written as in C. `inner` stands where the name would.
function rendered(type, inner,   kind, list, parts, i, n, dimension) {
  if (type == "") return "void" inner
  kind = tag[type]
  if (kind == "DW_TAG_const_type") return "const " rendered(type_of(type), inner)
  if (kind == "DW_TAG_pointer_type") {
    if (tag[type_of(type)] == "DW_TAG_subroutine_type") return rendered(type_of(type), "(*" inner ")")
    return rendered(type_of(type), "*" inner)
  }
  if (kind == "DW_TAG_array_type") {
    n = split(children[type], parts, " ")
    for (i = 1; i <= n; ++i) {
      dimension = (parts[i], "DW_AT_count") in attributes ? attributes[parts[i], "DW_AT_count"] \
                                                          : attributes[parts[i], "DW_AT_upper_bound"] + 1
      inner = inner "[" dimension + 0 "]"
    }
    return rendered(type_of(type), inner)
  }
  if (kind == "DW_TAG_subroutine_type") {
    n = split(children[type], parts, " ")
    for (i = 1; i <= n; ++i) list = list (i > 1 ? ", " : "") rendered(type_of(parts[i]), "")
    return rendered(type_of(type), "") inner "(" list ")"
  }
  return named(type) inner
}

END {
  for (e = 1; e <= count; ++e) {
    id = entries[e]
    if (tag[id] == "DW_TAG_structure_type" && named(id) ~ /^pb_/) {
      print "struct " named(id) " size " attributes[id, "DW_AT_byte_size"] + 0
      n = split(children[id], members, " ")
      for (m = 1; m <= n; ++m)
        print "member " named(id) "." named(members[m]) " offset " \
              attributes[members[m], "DW_AT_data_member_location"] + 0 ", " rendered(type_of(members[m]), "")
    }
    if (tag[id] == "DW_TAG_enumerator" && named(id) ~ /^PB_/)
      print "enumerator " named(id) " " attributes[id, "DW_AT_const_value"] + 0
    if (tag[id] == "DW_TAG_typedef" && named(id) ~ /^pb_/ && named(type_of(id)) != named(id))
      print "type " named(id) " " rendered(type_of(id), "")
  }
}
