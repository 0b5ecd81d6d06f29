// Names of emoji as Slack writes them; only the common ones, others stay as typed.

const EMOJI = {
  "+1": "👍", "-1": "👎", alarm_clock: "⏰", arrow_down: "⬇️", arrow_forward: "▶️", arrow_right: "➡️", arrow_up: "⬆️",
  arrows_counterclockwise: "🔄", bangbang: "‼️", bar_chart: "📊", bell: "🔔", black_circle: "⚫", black_square_for_stop: "⏹️",
  boom: "💥", bug: "🐛", bulb: "💡", calendar: "📅", chart_with_downwards_trend: "📉", chart_with_upwards_trend: "📈",
  clap: "👏", clipboard: "📋", clock1: "🕐", construction: "🚧", double_vertical_bar: "⏸️", exclamation: "❗",
  eyes: "👀", file_folder: "📁", fire: "🔥", gear: "⚙️", grey_question: "❔", hammer_and_wrench: "🛠️", heart: "❤️",
  heavy_check_mark: "✔️", heavy_multiplication_x: "✖️", hourglass: "⌛", hourglass_flowing_sand: "⏳", inbox_tray: "📥",
  information_source: "ℹ️", key: "🔑", large_blue_circle: "🔵", large_blue_square: "🟦", large_green_circle: "🟢",
  large_green_square: "🟩", large_orange_circle: "🟠", large_purple_circle: "🟣", large_red_square: "🟥",
  large_yellow_circle: "🟡", link: "🔗", lock: "🔒", mag: "🔍", memo: "📝", moneybag: "💰", mute: "🔇", no_bell: "🔕",
  no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", ok_hand: "👌", outbox_tray: "📤", package: "📦",
  page_facing_up: "📄", paperclip: "📎", pause_button: "⏸️", pray: "🙏", pushpin: "📌", question: "❓", raised_hands: "🙌",
  red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rocket: "🚀", rotating_light: "🚨", satellite: "🛰️", see_no_evil: "🙈",
  seedling: "🌱", shield: "🛡️", skull: "💀", slightly_smiling_face: "🙂", smile: "😄", snail: "🐌", snowflake: "❄️", sos: "🆘",
  sparkles: "✨", speech_balloon: "💬", star: "⭐", stopwatch: "⏱️", tada: "🎉", thinking_face: "🤔", thumbsdown: "👎",
  thumbsup: "👍", timer_clock: "⏲️", turtle: "🐢", unlock: "🔓", warning: "⚠️", wastebasket: "🗑️", wave: "👋",
  white_check_mark: "✅", white_circle: "⚪", wrench: "🔧", x: "❌", yellow_heart: "💛", zap: "⚡", zzz: "💤",
};

/** Return the character of this name, or null. Skin tones are left aside. */
export function emoji(name) {
  const plain = name.split("::")[0];
  return Object.hasOwn(EMOJI, plain) ? EMOJI[plain] : null;
}

/** Replace the names of emoji in a plain text by their characters. */
export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
