/** The German texts about who belongs to a space: a part of the catalogue in `de.ts`. */

import type { Texts } from './en.ts'

export const dePeople: Pick<Texts, 'members' | 'aside' | 'newcomers' | 'history'> = {
  members: {
    actions: (name) => `Was soll mit ${name} geschehen`,
    make: (role) => `Zu „${role}“ machen`,
    isNow: (name, role) => `${name} ist jetzt ${role}.`,
    remove: 'Entfernen …',
    removed: (name) => `${name} wurde entfernt.`,
    leave: 'Diesen Ort verlassen …',
    handOver: 'Den Ort übergeben …',
    handedOver: (name) => `${name} ist jetzt Inhaber dieses Orts.`,
    vote: 'Als neuen Inhaber wählen …',
    voteSelf: 'Mich als neuen Inhaber wählen …',
    voteToo: 'Auch wählen',
    voted: 'Deine Stimme ist abgegeben.',
    cameBack: 'wiedergekommen',
    deviceSeen: (when) => `gesehen ${when}`,
    former: 'Nicht mehr hier',
    hasLeft: 'Gegangen',
    removedBy: (name) => `Entfernt von ${name}`,
    was: (role) => `War ${role}`,
    willDo: 'Was das bewirkt',
    cannotUndo: 'Was das nicht kann',
    removeTitle: (name) => `${name} entfernen?`,
    removeAction: 'Entfernen',
    losesAccess: (name, devices) =>
      devices === 1
        ? `${name} verliert mit dem eigenen Gerät den Zugang.`
        : `${name} verliert mit ${devices} Geräten den Zugang.`,
    newKey:
      'Was ab jetzt geschrieben wird, liegt unter einem neuen Schlüssel, den diese Person nicht bekommt.',
    keepsEntries: (count) =>
      count === 1
        ? 'Die eine Änderung von ihr, die hier ist, bleibt.'
        : `Die ${count} Änderungen von ihr, die hier sind, bleiben.`,
    setsAside: (count) =>
      count === 1
        ? '1 Änderung von ihr ist noch nicht hier. Sie würde beiseitegelegt; jemand kann sie noch übernehmen.'
        : `${count} Änderungen von ihr sind noch nicht hier. Sie würden beiseitegelegt; jemand kann sie noch übernehmen.`,
    staysRead:
      'Was diese Person gelesen hat, lässt sich nicht zurückholen: Ihre Geräte behalten es.',
    hearsLater: (count) =>
      count === 1
        ? '1 Gerät der anderen ist nicht verbunden. Was dort geschrieben wird, bevor es davon erfährt, kann sie noch lesen.'
        : `${count} Geräte der anderen sind nicht verbunden. Was dort geschrieben wird, bevor sie davon erfahren, kann sie noch lesen.`,
    openInvites: (count) =>
      count === 1
        ? 'Die eine offene Einladung bleibt offen: Mit ihrem Link könnte sie wieder um Einlass bitten.'
        : `Die ${count} offenen Einladungen bleiben offen: Mit einem Link könnte sie wieder um Einlass bitten.`,
    wayBack: 'Überlegst du es dir anders, lade sie wieder ein. Name und Geschriebenes bleiben ihr.',
    leaveTitle: (space) => `${space} verlassen?`,
    leaveAction: 'Verlassen',
    leaveFacts: {
      write: 'Du kannst hier nicht mehr schreiben und bekommst nichts Neues.',
      stays: 'Was auf diesem Gerät ist, bleibt hier lesbar, bis du es löschst.',
      others: 'Was du geschrieben hast, bleibt bei den anderen.',
      back: 'Zum Wiederkommen muss dich jemand neu einladen.',
    },
    handOverTitle: (name) => `Den Ort an ${name} übergeben?`,
    handOverAction: 'Übergeben',
    handOverFacts: {
      them: (name) => `${name} wird Inhaber und bestimmt, wer Verwalter ist.`,
      you: 'Du wirst Verwalter.',
      back: (name) => `Nur ${name} kann ihn zurückgeben.`,
    },
    voteTitle: (name) => `${name} als neuen Inhaber wählen?`,
    voteAction: 'Wählen',
    votesTitle: 'Ein neuer Inhaber',
    votesOf: (given, needed) => `${given} von ${needed} Stimmen`,
    votesTooFew: 'Um einen Inhaber zu ersetzen, braucht es mindestens drei Verwalter.',
    voteRule: (needed, admins) =>
      `Es braucht ${needed} der ${admins} Verwalter. Dann geschieht es von selbst.`,
    voteFacts: {
      them: (name) =>
        `${name} wird Inhaber und der jetzige Inhaber Verwalter, auch wenn dieser noch nichts davon weiß.`,
      once: 'Du kannst später jemand anderen wählen, diese Stimme aber nicht zurücknehmen.',
    },
    youLeft: (when) => `Du hast diesen Ort am ${when} verlassen.`,
    youWereRemoved: (name, when) => `${name} hat dich am ${when} von diesem Ort entfernt.`,
    deviceRemoved: (name, when) => `${name} hat dieses Gerät am ${when} von diesem Ort entfernt.`,
    readOnlyNow: 'Was bis dahin hier war, kannst du lesen.',
    admissionFell: {
      admitter: (name) =>
        `Deine Aufnahme gilt nicht mehr, weil ${name}, von dem sie stammt, das Recht dazu verloren hatte, ohne es zu wissen.`,
      invite: () =>
        'Deine Aufnahme gilt nicht mehr, weil die Einladung schon zurückgenommen war, als sie benutzt wurde.',
      seat: () =>
        'Deine Aufnahme gilt nicht mehr, weil andere dieselbe Einladung vorher benutzt hatten.',
    },
    askAgain:
      'Bitte jemanden um eine neue Einladung, um wieder aufgenommen zu werden. Was hier ist, bleibt lesbar.',
    forget: 'Hier löschen …',
    forgetTitle: (space) => `${space} von diesem Gerät löschen?`,
    forgetAction: 'Löschen',
    forgets: (count, size) =>
      `Alles davon auf diesem Gerät verschwindet: ${count} Änderungen, ${size} MB.`,
    othersHave: 'Die Mitglieder haben weiterhin, was du geschrieben hast.',
    onlyHere: (count) =>
      count === 1
        ? '1 Änderung von dir ist vielleicht nirgends sonst. Sie ginge verloren.'
        : `${count} Änderungen von dir sind vielleicht nirgends sonst. Sie gingen verloren.`,
  },
  aside: {
    title: 'Beiseitegelegt',
    lead: 'Von Personen geschrieben, die es nicht mehr durften, meist ohne das zu wissen. In den Räumen sieht es niemand. Ist es etwas wert, übernimm es: Dann steht es noch einmal da, unter deinem Namen.',
    leadReader:
      'Von Personen geschrieben, die es nicht mehr durften, meist ohne das zu wissen. In den Räumen sieht es niemand. Wer hier schreiben darf, kann es übernehmen.',
    adopt: 'Übernehmen',
    adoptAll: (count) => `Alle ${count} übernehmen`,
    adoptedNow: (count) =>
      count === 1
        ? 'Es steht jetzt unter deinem Namen da.'
        : 'Sie stehen jetzt unter deinem Namen da.',
    adoptedBy: (name) => `Übernommen von ${name}`,
    showAll: (count) => `Alle ${count} zeigen`,
    room: (name) => `Der Raum „${name}“`,
    bill: (title) => `Die Rechnung „${title}“`,
    other: 'Eine Änderung an etwas anderem',
    locked: 'Dieses Gerät kann es nicht lesen',
    reasons: {
      removed: (by) => `nachdem ${by} sie entfernt hatte`,
      lowered: (by) => `nachdem ${by} die Rolle geändert hatte`,
      left: () => 'nach dem eigenen Weggang',
      ownership: () => 'nachdem der Ort einen neuen Inhaber hatte',
      'device-revoked': (by) => `nachdem ${by} das Gerät gesperrt hatte`,
    },
  },
  newcomers: {
    title: 'Neue',
    label: 'Wer ab jetzt beitritt, liest',
    choices: {
      all: 'Den ganzen Verlauf',
      'from-join': 'Was nach dem Beitritt kommt',
    },
    releaseLabel: 'Den Verlauf bekommen sie',
    release: {
      '0': 'Sofort',
      '1': 'Wenn du oder noch ein Admin von ihnen weiß',
      '2': 'Wenn du oder noch zwei Admins von ihnen wissen',
      '3': 'Wenn du oder noch drei Admins von ihnen wissen',
    },
    releaseNote: {
      '0': 'Sie bekommen ihn sofort.',
      '1': 'Sie bekommen ihn, wenn der Inhaber oder noch ein Admin von ihnen weiß.',
      '2': 'Sie bekommen ihn, wenn der Inhaber oder noch zwei Admins von ihnen wissen.',
      '3': 'Sie bekommen ihn, wenn der Inhaber oder noch drei Admins von ihnen wissen.',
    },
    releaseHint:
      'In einer Gruppe dieser Größe besser erst, wenn noch ein Admin davon weiß: Wer gerade entfernt wird, kann dann nichts preisgeben, indem er jemanden zulässt.',
  },
  history: {
    title: 'Was geschehen ist',
    showAll: (count) => `Alle ${count} zeigen`,
    void: '(ohne Wirkung: Jemand mit höherer Rolle hat anders entschieden)',
    founded: (by) => `${by} hat diesen Ort angelegt`,
    joined: (by, person, role) => `${by} hat ${person} zugelassen als ${role}`,
    returned: (by, person, role) => `${by} hat ${person} wieder zugelassen als ${role}`,
    left: (person) => `${person} ist gegangen`,
    removed: (by, person) => `${by} hat ${person} entfernt`,
    removedAgain: (by, person) => `${by} hat neu entschieden, wie viel von ${person} zählt`,
    role: (by, person, role) => `${by} hat ${person} zu „${role}“ gemacht`,
    handedOver: (by, person) => `${by} hat den Ort an ${person} übergeben`,
    ownerReplaced: (person) => `Die Verwalter haben ${person} zum Inhaber gemacht`,
    deviceAdded: (person, device) => `${person} hat das Gerät ${device} hinzugefügt`,
    deviceRevoked: (person, device) => `${person} hat das Gerät ${device} gesperrt`,
    deviceTaken: (by, person, device) => `${by} hat das Gerät ${device} von ${person} gesperrt`,
    deviceReset: (person, device) => `Das Gerät ${device} von ${person} darf wieder schreiben`,
    deviceForked: (person, device) =>
      `Das Gerät ${device} von ${person} hat zwei Verläufe unterschrieben`,
    policy: (by, what) => `${by} hat entschieden: ${what}`,
    policies: {
      all: 'Neue sehen den ganzen Verlauf',
      'from-join': 'Neue sehen, was nach ihrem Beitritt kommt',
      '0': 'Neue bekommen den Verlauf sofort',
      '1': 'Neue bekommen den Verlauf, wenn noch ein Admin von ihnen weiß',
      '2': 'Neue bekommen den Verlauf, wenn noch zwei Admins von ihnen wissen',
      '3': 'Neue bekommen den Verlauf, wenn noch drei Admins von ihnen wissen',
    },
  },
}
