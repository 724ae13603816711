/** The civil day where this machine says it is: by its time zone, summer time included. */

export function nodeDay(atMs: number): string {
  const at = new Date(atMs)
  const [year, month, day] = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`
}

function pad(value: number, digits: number): string {
  return `${value}`.padStart(digits, '0')
}
