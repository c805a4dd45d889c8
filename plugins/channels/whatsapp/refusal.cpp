#include "refusal.hpp"

namespace patchbay::whatsapp {

namespace {

using std::chrono::seconds;

struct Row {
  int first;
  int last;
  Refusal refusal;
};

constexpr std::string_view new_token = "create a new access token of a system user, and put it into the settings";
constexpr std::string_view permission =
    "give the token's system user whatsapp_business_messaging and access to the WhatsApp account";
constexpr std::string_view account = "look at the account's state in WhatsApp Manager";
constexpr std::string_view registration = "register the phone number again in WhatsApp Manager";
constexpr std::string_view our_mistake =
    "correct what the reason names; if nothing is wrong with it, report it as a bug";
constexpr std::string_view quality = "look at the number's quality in WhatsApp Manager, and send less";
constexpr std::string_view slower = "it goes on by itself; send less at once if that happens often";
constexpr std::string_view by_itself = "it is tried again by itself";
constexpr std::string_view template_needed =
    "wait until the person writes again, or send an approved template from WhatsApp Manager";
constexpr std::string_view unreachable =
    "ask the person by another channel: the number may not use WhatsApp, or an old version, or blocks the business";
constexpr std::string_view file = "send the text alone";
constexpr std::string_view templates = "only text is sent by this version";

// Ordered by code.
constexpr Row rows[] = {
    {0, 0, {PB_AUTH_FAILED, new_token}},
    {1, 2, {PB_TRANSIENT, by_itself}},
    {3, 3, {PB_AUTH_FAILED, permission}},
    {4, 4, {PB_RATE_LIMITED, slower, seconds{60}}},
    {10, 10, {PB_AUTH_FAILED, permission}},
    {33, 33, {PB_INVALID_SETTINGS, "correct the phone number id in the settings"}},
    {100, 100, {PB_PERMANENT, our_mistake}},
    {102, 102, {PB_AUTH_FAILED, new_token}},
    {190, 190, {PB_AUTH_FAILED, new_token}},
    {200, 299, {PB_AUTH_FAILED, permission}},
    {368, 368, {PB_AUTH_FAILED, account}},
    {80007, 80007, {PB_RATE_LIMITED, slower, seconds{300}}},
    {130429, 130429, {PB_RATE_LIMITED, slower, seconds{1}}},
    {130472, 130472, {PB_PERMANENT, "write by another channel: WhatsApp keeps this person out of an experiment"}},
    {130497, 130497, {PB_PERMANENT, "write by another channel: WhatsApp bars the business from this country"}},
    {131000, 131000, {PB_TRANSIENT, by_itself}},
    {131005, 131005, {PB_AUTH_FAILED, permission}},
    {131008, 131009, {PB_PERMANENT, our_mistake}},
    {131016, 131016, {PB_TRANSIENT, by_itself}},
    {131021, 131021, {PB_PERMANENT, "name a recipient other than the sending number"}},
    {131026, 131026, {PB_PERMANENT, unreachable}},
    {131030, 131030, {PB_PERMANENT, "add the recipient to the test number's allowed list at Meta"}},
    {131031, 131031, {PB_AUTH_FAILED, account}},
    {131037, 131037, {PB_AUTH_FAILED, "have the number's display name approved in WhatsApp Manager"}},
    {131042, 131042, {PB_AUTH_FAILED, "put the WhatsApp account's payment method in order"}},
    {131045, 131045, {PB_AUTH_FAILED, registration}},
    {131047, 131047, {PB_PERMANENT, template_needed}},
    {131048, 131048, {PB_RATE_LIMITED, quality, seconds{3600}}},
    {131049, 131050, {PB_PERMANENT, "write to this person no more than they want"}},
    {131051, 131051, {PB_PERMANENT, our_mistake}},
    {131052, 131053, {PB_PERMANENT, file}},
    // Of one recipient alone; others can be written to meanwhile, so that the channel must not rest.
    {131056, 131056, {PB_TRANSIENT, slower}},
    {131057, 131057, {PB_TRANSIENT, by_itself}},
    {131062, 131062, {PB_PERMANENT, "write to the person's phone number"}},
    {132000, 132999, {PB_PERMANENT, templates}},
    {133000, 133000, {PB_AUTH_FAILED, registration}},
    {133004, 133004, {PB_TRANSIENT, by_itself}},
    {133005, 133015, {PB_AUTH_FAILED, registration}},
    {133016, 133016, {PB_RATE_LIMITED, registration, seconds{3600}}},
    {135000, 135000, {PB_PERMANENT, our_mistake}},
};

}  // namespace

std::optional<Refusal> refusal_of(long long code) {
  for (const Row& row : rows)
    if (code >= row.first && code <= row.last) return row.refusal;
  return std::nullopt;
}

}  // namespace patchbay::whatsapp
