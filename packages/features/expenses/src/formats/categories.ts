/**
 * The categories every ledger has, by the name a body carries (`dining-out`), with what Splitwise calls them: most other
 * apps use the same words. Whatever else a file names becomes a category of the group.
 */

const SPLITWISE_NAMES: readonly string[] = [
  ...['Games', 'Movies', 'Music', 'Sports'],
  ...['Dining out', 'Groceries', 'Liquor'],
  ...['Electronics', 'Furniture', 'Household supplies', 'Maintenance', 'Mortgage', 'Pets', 'Rent'],
  'Services',
  ...['Childcare', 'Clothing', 'Education', 'Gifts', 'Insurance', 'Medical expenses', 'Taxes'],
  ...['Bicycle', 'Bus/train', 'Car', 'Gas/fuel', 'Hotel', 'Parking', 'Plane', 'Taxi'],
  ...['Cleaning', 'Electricity', 'Heat/gas', 'Trash', 'TV/Phone/Internet', 'Water'],
]

/** Names of no category. */
const NONE = new Set(['', 'general', 'uncategorized', 'payment', 'none'])

const namesById = new Map(SPLITWISE_NAMES.map((name) => [nameToId(name), name]))

/** What bodies call the built-in categories. */
export const BUILT_IN_CATEGORIES: readonly string[] = [...namesById.keys()]

/** The built-in category of this name, whatever its case and punctuation. */
export function builtInCategory(name: string): string | undefined {
  const id = nameToId(name)
  return namesById.has(id) ? id : undefined
}

/** Whether a file says with this name that there is no category. */
export function isNoCategory(name: string): boolean {
  return NONE.has(name.trim().toLowerCase())
}

/** As Splitwise has it; `undefined` for what is not built in. */
export function splitwiseCategoryName(id: string): string | undefined {
  return namesById.get(id)
}

function nameToId(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part !== '')
    .join('-')
}
