/** The emoji offered: a short list of what people use, with the words that find them. No dependency, no pictures. */

export type EmojiGroup = 'frequent' | 'faces' | 'gestures' | 'things'

export interface Emoji {
  readonly emoji: string
  readonly name: string
}

const LISTS: Readonly<Record<EmojiGroup, string>> = {
  frequent: '👍 thumbs up|❤️ heart|😂 laughing|🎉 party|😮 surprised|😢 sad|🙏 thanks|✅ done',
  faces:
    '😀 grinning|😄 happy|😅 relieved|😊 smiling|😉 winking|😍 in love|😎 cool|🤔 thinking|😐 neutral|🙄 rolling eyes|😴 asleep|😭 crying|😡 angry|🤯 mind blown|🥳 celebrating|🤗 hugging|😇 innocent|🤒 ill',
  gestures:
    '👎 thumbs down|👏 applause|🙌 hooray|👋 waving|🤝 handshake|💪 strong|👌 okay|✌️ peace|🤞 fingers crossed|👀 looking|🫶 heart hands|🤷 shrugging',
  things:
    '🔥 fire|⭐ star|💯 hundred|💡 idea|📌 pin|📎 paper clip|📷 photo|🎂 cake|☕ coffee|🍕 pizza|🍻 cheers|🏠 home|🚗 car|🚲 bicycle|✈️ plane|🌧️ rain|☀️ sun|🌱 seedling|🐶 dog|🐱 cat|💶 money|🧾 receipt|🛒 shopping|🔑 key|⏰ alarm|❓ question|❗ important|❌ no',
}

export const EMOJI_GROUPS: readonly EmojiGroup[] = ['frequent', 'faces', 'gestures', 'things']

export function emojiOf(group: EmojiGroup): readonly Emoji[] {
  return LISTS[group].split('|').map((item) => {
    const space = item.indexOf(' ')
    return { emoji: item.slice(0, space), name: item.slice(space + 1) }
  })
}
