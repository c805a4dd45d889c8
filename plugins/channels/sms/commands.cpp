#include "pdu.hpp"

#include <algorithm>
#include <cstdio>

namespace patchbay::sms {

namespace {

std::string hex_of(std::uint32_t number) {
  std::array<char, 11> text{};
  std::snprintf(text.data(), text.size(), "0x%08x", number);
  return text.data();
}

struct NamedStatus {
  CommandStatus value;
  std::string_view name;
};
constexpr std::array<NamedStatus, 20> statuses{{
    {CommandStatus::ok, "ESME_ROK"},
    {CommandStatus::invalid_message_length, "ESME_RINVMSGLEN"},
    {CommandStatus::invalid_command_length, "ESME_RINVCMDLEN"},
    {CommandStatus::invalid_command, "ESME_RINVCMDID"},
    {CommandStatus::wrong_bind_status, "ESME_RINVBNDSTS"},
    {CommandStatus::already_bound, "ESME_RALYBND"},
    {CommandStatus::system_error, "ESME_RSYSERR"},
    {CommandStatus::invalid_source, "ESME_RINVSRCADR"},
    {CommandStatus::invalid_destination, "ESME_RINVDSTADR"},
    {CommandStatus::bind_failed, "ESME_RBINDFAIL"},
    {CommandStatus::invalid_password, "ESME_RINVPASWD"},
    {CommandStatus::invalid_system_id, "ESME_RINVSYSID"},
    {CommandStatus::queue_full, "ESME_RMSGQFUL"},
    {CommandStatus::invalid_esm_class, "ESME_RINVESMCLASS"},
    {CommandStatus::submit_failed, "ESME_RSUBMITFAIL"},
    {CommandStatus::invalid_system_type, "ESME_RINVSYSTYP"},
    {CommandStatus::throttled, "ESME_RTHROTTLED"},
    {CommandStatus::temporary_application_error, "ESME_RX_T_APPN"},
    {CommandStatus::permanent_application_error, "ESME_RX_P_APPN"},
    {CommandStatus::invalid_parameter_value, "ESME_RINVTLVVAL"},
}};

constexpr Field text(Text which, std::uint8_t most, std::string_view name) {
  return {Field::Kind::c_octets, static_cast<std::uint8_t>(which), most, name};
}
constexpr Field octet(Octet which, std::string_view name) {
  return {Field::Kind::octet, static_cast<std::uint8_t>(which), 1, name};
}

constexpr Field system_id = text(Text::system_id, 15, "system_id");
constexpr Field password = text(Text::password, 8, "password");
constexpr Field service_type = text(Text::service_type, 5, "service_type");
constexpr Field message_id = text(Text::message_id, 64, "message_id");
constexpr Field source_ton = octet(Octet::source_addr_ton, "source_addr_ton");
constexpr Field source_npi = octet(Octet::source_addr_npi, "source_addr_npi");
constexpr Field source_addr = text(Text::source_addr, 20, "source_addr");
constexpr Field dest_ton = octet(Octet::dest_addr_ton, "dest_addr_ton");
constexpr Field dest_npi = octet(Octet::dest_addr_npi, "dest_addr_npi");
constexpr Field destination_addr = text(Text::destination_addr, 20, "destination_addr");
constexpr Field esm_class = octet(Octet::esm_class, "esm_class");
constexpr Field protocol_id = octet(Octet::protocol_id, "protocol_id");
constexpr Field priority_flag = octet(Octet::priority_flag, "priority_flag");
constexpr Field schedule = text(Text::schedule_delivery_time, 16, "schedule_delivery_time");
constexpr Field validity = text(Text::validity_period, 16, "validity_period");
constexpr Field registered_delivery = octet(Octet::registered_delivery, "registered_delivery");
constexpr Field replace_if_present = octet(Octet::replace_if_present_flag, "replace_if_present_flag");
constexpr Field data_coding = octet(Octet::data_coding, "data_coding");
constexpr Field default_message = octet(Octet::sm_default_msg_id, "sm_default_msg_id");
// 254 octets in SMPP 3.4, 255 in 5.0: what a longer one would need is message_payload.
constexpr Field short_message{Field::Kind::message, static_cast<std::uint8_t>(Text::short_message), 254,
                              "short_message"};

constexpr std::array bind_fields{system_id,
                                 password,
                                 text(Text::system_type, 12, "system_type"),
                                 octet(Octet::interface_version, "interface_version"),
                                 octet(Octet::addr_ton, "addr_ton"),
                                 octet(Octet::addr_npi, "addr_npi"),
                                 text(Text::address_range, 40, "address_range")};
constexpr std::array bind_response_fields{system_id};
constexpr std::array outbind_fields{system_id, password};
constexpr std::array message_fields{
    service_type,        source_ton,         source_npi,  source_addr,     dest_ton,     dest_npi,
    destination_addr,    esm_class,          protocol_id, priority_flag,   schedule,     validity,
    registered_delivery, replace_if_present, data_coding, default_message, short_message};
constexpr std::array message_response_fields{message_id};
constexpr std::array submit_multi_fields{
    service_type,
    source_ton,
    source_npi,
    source_addr,
    Field{Field::Kind::destinations, static_cast<std::uint8_t>(Text::destinations), 255, "dest_address"},
    esm_class,
    protocol_id,
    priority_flag,
    schedule,
    validity,
    registered_delivery,
    replace_if_present,
    data_coding,
    default_message,
    short_message};
constexpr std::array submit_multi_response_fields{
    message_id, Field{Field::Kind::failures, static_cast<std::uint8_t>(Text::failures), 255, "unsuccess_sme"}};
// Its addresses may be longer.
constexpr std::array data_fields{service_type,
                                 source_ton,
                                 source_npi,
                                 text(Text::source_addr, 64, "source_addr"),
                                 dest_ton,
                                 dest_npi,
                                 text(Text::destination_addr, 64, "destination_addr"),
                                 esm_class,
                                 registered_delivery,
                                 data_coding};
constexpr std::array query_fields{message_id, source_ton, source_npi, source_addr};
constexpr std::array query_response_fields{message_id, text(Text::final_date, 16, "final_date"),
                                           octet(Octet::message_state, "message_state"),
                                           octet(Octet::error_code, "error_code")};
constexpr std::array cancel_fields{service_type, message_id, source_ton, source_npi,
                                   source_addr,  dest_ton,   dest_npi,   destination_addr};
constexpr std::array replace_fields{message_id, source_ton,          source_npi,      source_addr,  schedule,
                                    validity,   registered_delivery, default_message, short_message};
constexpr std::array alert_fields{source_ton,
                                  source_npi,
                                  text(Text::source_addr, 64, "source_addr"),
                                  octet(Octet::esme_addr_ton, "esme_addr_ton"),
                                  octet(Octet::esme_addr_npi, "esme_addr_npi"),
                                  text(Text::esme_addr, 64, "esme_addr")};
constexpr std::array broadcast_fields{service_type,       source_ton,    source_npi,     source_addr,
                                      message_id,         priority_flag, schedule,       validity,
                                      replace_if_present, data_coding,   default_message};
constexpr std::array cancel_broadcast_fields{service_type, message_id, source_ton, source_npi, source_addr};

using Fields = std::span<const Field>;
constexpr Fields no_fields;

struct Known {
  Command command;
  std::string_view name;
  Fields fields;
  std::optional<Fields> of_response;  // nothing: it has none
};
constexpr std::array<Known, 18> known_commands{{
    {Command::bind_receiver, "bind_receiver", bind_fields, bind_response_fields},
    {Command::bind_transmitter, "bind_transmitter", bind_fields, bind_response_fields},
    {Command::query_sm, "query_sm", query_fields, query_response_fields},
    {Command::submit_sm, "submit_sm", message_fields, message_response_fields},
    {Command::deliver_sm, "deliver_sm", message_fields, message_response_fields},
    {Command::unbind, "unbind", no_fields, no_fields},
    {Command::replace_sm, "replace_sm", replace_fields, no_fields},
    {Command::cancel_sm, "cancel_sm", cancel_fields, no_fields},
    {Command::bind_transceiver, "bind_transceiver", bind_fields, bind_response_fields},
    {Command::outbind, "outbind", outbind_fields, std::nullopt},
    {Command::enquire_link, "enquire_link", no_fields, no_fields},
    {Command::submit_multi, "submit_multi", submit_multi_fields, submit_multi_response_fields},
    {Command::alert_notification, "alert_notification", alert_fields, std::nullopt},
    {Command::data_sm, "data_sm", data_fields, message_response_fields},
    {Command::broadcast_sm, "broadcast_sm", broadcast_fields, message_response_fields},
    {Command::query_broadcast_sm, "query_broadcast_sm", query_fields, message_response_fields},
    {Command::cancel_broadcast_sm, "cancel_broadcast_sm", cancel_broadcast_fields, no_fields},
    {Command::generic_nack, "generic_nack", no_fields, std::nullopt},
}};

// Of a response, the entry of its request.
const Known* find(Command command) {
  const auto plain = command == Command::generic_nack
                         ? command
                         : static_cast<Command>(static_cast<std::uint32_t>(command) & ~response_bit);
  const auto* const found = std::find_if(known_commands.begin(), known_commands.end(),
                                         [&](const Known& each) { return each.command == plain; });
  const bool is_there = found != known_commands.end() && (plain == command || found->of_response);
  return is_there ? found : nullptr;
}

}  // namespace

std::string name_of(Command command) {
  const Known* found = find(command);
  if (found == nullptr) return hex_of(static_cast<std::uint32_t>(command));
  return std::string(found->name) + (found->command != command ? "_resp" : "");
}

std::string name_of(CommandStatus status) {
  const auto* const found =
      std::find_if(statuses.begin(), statuses.end(), [&](const auto& each) { return each.value == status; });
  return found == statuses.end() ? hex_of(static_cast<std::uint32_t>(status)) : std::string(found->name);
}

std::optional<std::span<const Field>> fields_of(Command command) {
  const Known* found = find(command);
  if (found == nullptr) return std::nullopt;
  return found->command == command ? found->fields : found->of_response;
}

}  // namespace patchbay::sms
