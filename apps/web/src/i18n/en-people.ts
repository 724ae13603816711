/** The English texts about who belongs to a space: a part of the catalogue in `en.ts`. */

export const enPeople = {
  members: {
    actions: (name: string) => `What to do about ${name}`,
    make: (role: string) => `Make ${role}`,
    isNow: (name: string, role: string) => `${name} is ${role} now.`,
    remove: 'Remove from the space…',
    removed: (name: string) => `${name} was removed.`,
    leave: 'Leave the space…',
    handOver: 'Hand the space over…',
    handedOver: (name: string) => `${name} owns the space now.`,
    vote: 'Vote for as new owner…',
    voteSelf: 'Vote for myself as new owner…',
    voteToo: 'Vote too',
    voted: 'Your vote is given.',
    cameBack: 'came back',
    deviceSeen: (when: string) => `seen ${when}`,
    former: 'Not here any more',
    hasLeft: 'Left',
    removedBy: (name: string) => `Removed by ${name}`,
    was: (role: string) => `Was ${role}`,
    willDo: 'What this does',
    cannotUndo: 'What this cannot do',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeAction: 'Remove',
    losesAccess: (name: string, devices: number) =>
      devices === 1
        ? `${name} and their device lose access.`
        : `${name} and their ${devices} devices lose access.`,
    newKey: 'What is written from now on is locked with a new key that they do not get.',
    keepsEntries: (count: number) =>
      count === 1
        ? 'The 1 change they made that is here stays.'
        : `The ${count} changes they made that are here stay.`,
    setsAside: (count: number) =>
      count === 1
        ? '1 change of theirs has not arrived here yet. It would be set aside; someone can still adopt it.'
        : `${count} changes of theirs have not arrived here yet. They would be set aside; someone can still adopt them.`,
    staysRead: 'It cannot take back what they have read: their devices keep it.',
    hearsLater: (count: number) =>
      count === 1
        ? '1 device of the others is not connected. What is written there before it hears of this, they can still read.'
        : `${count} devices of the others are not connected. What is written there before they hear of this, they can still read.`,
    openInvites: (count: number) =>
      count === 1
        ? 'It does not close the 1 open invitation: with its link they could ask to come back.'
        : `It does not close the ${count} open invitations: with a link they could ask to come back.`,
    wayBack:
      'If you change your mind, invite them again. They keep their name and what they wrote.',
    leaveTitle: (space: string) => `Leave ${space}?`,
    leaveAction: 'Leave',
    leaveFacts: {
      write: 'You can no longer write here, and get nothing new.',
      stays: 'What is on this device stays readable here until you delete it.',
      others: 'What you wrote stays with the others.',
      back: 'To come back, someone has to invite you again.',
    },
    handOverTitle: (name: string) => `Hand the space over to ${name}?`,
    handOverAction: 'Hand over',
    handOverFacts: {
      them: (name: string) => `${name} becomes the owner and decides who is an admin.`,
      you: 'You become an admin.',
      back: (name: string) => `Only ${name} can give it back.`,
    },
    voteTitle: (name: string) => `Vote for ${name} as the new owner?`,
    voteAction: 'Vote',
    votesTitle: 'A new owner',
    votesOf: (given: number, needed: number) => `${given} of ${needed} votes`,
    votesTooFew: 'It takes at least three admins to replace an owner.',
    voteRule: (needed: number, admins: number) =>
      `It takes ${needed} of the ${admins} admins. Then it happens by itself.`,
    voteFacts: {
      them: (name: string) =>
        `${name} becomes the owner, and the present owner an admin, even if they do not know of it yet.`,
      once: 'You can vote for someone else later, but not take this vote back.',
    },
    youLeft: (when: string) => `You left this space on ${when}.`,
    youWereRemoved: (name: string, when: string) =>
      `${name} removed you from this space on ${when}.`,
    deviceRemoved: (name: string, when: string) =>
      `${name} removed this device from this space on ${when}.`,
    readOnlyNow: 'You can read what was here until then.',
    admissionFell: {
      admitter: (name: string) =>
        `Your admission no longer counts, because ${name}, who let you in, had been removed or lowered without knowing.`,
      invite: (_name: string) =>
        'Your admission no longer counts, because the invitation had been taken back before it was heard of.',
      seat: (_name: string) =>
        'Your admission no longer counts, because others had used the same invitation before.',
    },
    askAgain: 'Ask somebody for a new invitation to be let in again. What is here stays readable.',
    forget: 'Delete here…',
    forgetTitle: (space: string) => `Delete ${space} from this device?`,
    forgetAction: 'Delete',
    forgets: (count: number, size: string) =>
      `Everything of it on this device goes: ${count} changes, ${size} MB.`,
    othersHave: 'The members still have what you wrote.',
    onlyHere: (count: number) =>
      count === 1
        ? '1 change of yours may be nowhere else. It would be lost.'
        : `${count} changes of yours may be nowhere else. They would be lost.`,
  },
  aside: {
    title: 'Set aside',
    lead: 'Written by people who were no longer allowed to, mostly without knowing. Nobody sees it in the rooms. If it is worth keeping, adopt it: it is then written again under your name.',
    leadReader:
      'Written by people who were no longer allowed to, mostly without knowing. Nobody sees it in the rooms. Whoever may write here can adopt it.',
    adopt: 'Adopt',
    adoptAll: (count: number) => `Adopt all ${count}`,
    adoptedNow: (count: number): string =>
      count === 1
        ? 'It is written again under your name.'
        : 'They are written again under your name.',
    adoptedBy: (name: string) => `Adopted by ${name}`,
    showAll: (count: number) => `Show all ${count}`,
    room: (name: string) => `The room “${name}”`,
    bill: (title: string) => `The bill “${title}”`,
    other: 'A change to something else',
    locked: 'This device cannot read it',
    reasons: {
      removed: (by: string) => `after ${by} removed them`,
      lowered: (by: string) => `after ${by} changed their role`,
      left: () => 'after they left',
      ownership: () => 'after the space got a new owner',
      'device-revoked': (by: string) => `after ${by} revoked the device`,
    },
  },
  newcomers: {
    title: 'Newcomers',
    label: 'People who join from now on read',
    choices: {
      all: 'The whole history',
      'from-join': 'What comes after they join',
    } as Readonly<Record<string, string>>,
    releaseLabel: 'They get the history',
    release: {
      '0': 'At once',
      '1': 'When you or one more admin know of them',
      '2': 'When you or two more admins know of them',
      '3': 'When you or three more admins know of them',
    } as Readonly<Record<string, string>>,
    releaseNote: {
      '0': 'They get it at once.',
      '1': 'They get it when the owner or one more admin knows of them.',
      '2': 'They get it when the owner or two more admins know of them.',
      '3': 'They get it when the owner or three more admins know of them.',
    } as Readonly<Record<string, string>>,
    releaseHint:
      'In a group of this size, let one more admin know first: who is being removed can then give nothing away by letting somebody in.',
  },
  history: {
    title: 'What happened',
    showAll: (count: number) => `Show all ${count}`,
    void: '(without effect: someone of a higher role decided otherwise)',
    founded: (by: string) => `${by} started the space`,
    joined: (by: string, person: string, role: string) => `${by} let ${person} in as ${role}`,
    returned: (by: string, person: string, role: string) =>
      `${by} let ${person} in again as ${role}`,
    left: (person: string) => `${person} left`,
    removed: (by: string, person: string) => `${by} removed ${person}`,
    removedAgain: (by: string, person: string) =>
      `${by} decided anew how much of what ${person} wrote counts`,
    role: (by: string, person: string, role: string) => `${by} made ${person} ${role}`,
    handedOver: (by: string, person: string) => `${by} handed the space over to ${person}`,
    ownerReplaced: (person: string) => `The admins made ${person} the owner`,
    deviceAdded: (person: string, device: string) => `${person} added the device ${device}`,
    deviceRevoked: (person: string, device: string) => `${person} revoked the device ${device}`,
    deviceTaken: (by: string, person: string, device: string) =>
      `${by} revoked the device ${device} of ${person}`,
    deviceReset: (person: string, device: string) =>
      `The device ${device} of ${person} may write again`,
    deviceForked: (person: string, device: string) =>
      `The device ${device} of ${person} signed two histories`,
    policy: (by: string, what: string) => `${by} decided: ${what}`,
    policies: {
      all: 'newcomers see the whole history',
      'from-join': 'newcomers see what comes after they join',
      '0': 'newcomers get the history at once',
      '1': 'newcomers get the history when one more admin knows of them',
      '2': 'newcomers get the history when two more admins know of them',
      '3': 'newcomers get the history when three more admins know of them',
    } as Readonly<Record<string, string>>,
  },
}
