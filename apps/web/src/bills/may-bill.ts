/** Whether the page offers to change the bills of a space: a role that writes, and a ledger that is not archived. */

import { useSelect } from '../app-context.tsx'
import { canInvite, canWrite, ownRole } from '../people/roles.ts'
import { useBills } from './use-bills.ts'

export function useMayBill(space: string): boolean {
  const role = useSelect((state) => ownRole(state, space))
  const { settings } = useBills(space)
  return canWrite(role) && settings?.archived !== true
}

/** What only owners and admins may change. */
export function useMayArchive(space: string): boolean {
  return canInvite(useSelect((state) => ownRole(state, space)))
}
