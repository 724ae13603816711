/** The people of a space with all that is asked about them, as one script, loaded when any of it is first shown. */

export { InviteDialog } from './invite-dialog.tsx'
export {
  ForgetDialog,
  HandOverDialog,
  LeaveDialog,
  RemoveDialog,
  VoteDialog,
} from './member-dialogs.tsx'
export { PeoplePane } from './people-pane.tsx'
