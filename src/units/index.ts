/** Money, rates, instants, ids and secrets: the numbers and names that cross folders, each with its own type. */
export { type Id, newId } from "./id.ts";
export { type Instant, instant } from "./instant.ts";
export { formatMoney, type Money, money, MONEY_MAX, parseMoney } from "./money.ts";
export { charge, formatRate, parseRate, type Rate, shareOf } from "./rate.ts";
export { Secret } from "./secret.ts";
export { DurationText, MoneyText, type SecretReference, SecretText, SettingText, SizeText } from "./written.ts";
