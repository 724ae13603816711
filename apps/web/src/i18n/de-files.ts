/** Die deutschen Texte über Dateien: ein Teil des Verzeichnisses in `de.ts`. */

import type { Texts } from './en.ts'

const dateien = (count: number): string => (count === 1 ? '1 Datei' : `${count} Dateien`)

type FileTexts = Pick<
  Texts,
  | 'files'
  | 'share'
  | 'upload'
  | 'attach'
  | 'moving'
  | 'shareLink'
  | 'fileSettings'
  | 'trackers'
  | 'standing'
  | 'fileErrors'
>

export const deFiles: FileTexts = {
  files: {
    title: 'Dateien',
    share: 'Dateien teilen',
    shareHere: 'Teilen',
    shareFolder: 'Einen Ordner teilen',
    more: 'Mehr zu diesen Dateien',
    list: 'Geteilte Dateien und Ordner',
    count: dateien,
    total: (count, size) => `${dateien(count)}, ${size}`,
    folder: (count, size) => `Ordner, ${dateien(count)}, ${size}`,
    empty: 'Noch keine Dateien',
    emptyHint:
      'Zieh Dateien oder ganze Ordner hierher. Sie bleiben auf den Geräten dieses Orts, und niemand sonst kann sie lesen.',
    emptyReading: 'Was andere hier teilen, erscheint von selbst.',
    emptyLinks: 'Noch nichts per Link',
    emptyLinksHint:
      'Öffne einen Link, den dir jemand geschickt hat, oder zieh Dateien hierher, die du per Link weitergeben willst.',
    nothingFound: 'Keine solche Datei',
    nothingFoundHint: 'Dateien, von denen hier noch nichts bekannt ist, findet man nicht.',
    clear: 'Alle Dateien zeigen',
    failed: 'Die Dateien konnten nicht geladen werden.',
    failedHint: 'Nichts ist verloren; dein Gerät bewahrt sie auf.',
    drop: 'Zum Teilen loslassen',
    dropIn: (space) => `Im Ort ${space}`,
    mayNotShare: 'Mit deiner Rolle in diesem Ort kannst du Dateien lesen, aber nicht teilen.',
    somebody: 'Jemand',
    filter: {
      open: 'Filtern',
      search: 'Dateien suchen',
      sort: 'Reihenfolge',
      kind: 'Art',
      shown: 'Zeigen',
      sorts: {
        newest: 'Neueste zuerst',
        name: 'Nach Namen',
        size: 'Größte zuerst',
        copies: 'Wenigste Kopien zuerst',
      },
      kinds: {
        all: 'Alles',
        folder: 'Ordner',
        image: 'Bilder',
        video: 'Filme',
        audio: 'Musik und Sprache',
        other: 'Andere Dateien',
      },
      states: {
        live: 'Alles aus diesem Ort',
        here: 'Was auf diesem Gerät ist',
        away: 'Was nicht auf diesem Gerät ist',
        removed: 'Entferntes',
        links: 'Per Link',
      },
    },
    where: {
      onlyHere: 'Nur hier',
      everywhere: (devices) => `Auf allen ${devices} Geräten`,
      some: (held, devices) => `Auf ${held} von ${devices} Geräten`,
      known: (held) => (held === 1 ? 'Auf 1 Gerät' : `Auf ${held} Geräten`),
      spread: 'Nirgends ganz, aber in Teilen vollständig vorhanden',
      partly: (percent) => `Nur ${percent} davon gibt es irgendwo`,
      notHere: 'nicht hier',
      partHere: (percent) => `${percent} hier`,
      kept: 'bleibt hier',
      public: 'öffentlich',
    },
    states: {
      waiting: 'Sucht Geräte, die es haben',
      loading: 'Lädt',
      paused: 'Angehalten',
      done: 'Alles davon ist hier',
      failed: 'Abgebrochen',
      serving: 'Sendet an andere',
    },
    left: (time) => `noch etwa ${time}`,
    of: (held, wanted) => `${held} von ${wanted}`,
    down: (rate) => `${rate} herein`,
    up: (rate) => `${rate} hinaus`,
    removedNow: (name) => `„${name}“ ist für alle entfernt.`,
    removedHere: (name) => `„${name}“ ist von diesem Gerät entfernt.`,
    restoredNow: (name) => `„${name}“ ist wieder da.`,
    freedNow: (name) =>
      `„${name}“ belegt hier keinen Platz mehr und lässt sich jederzeit wieder laden.`,
    sharedNow: (name) => `„${name}“ ist geteilt.`,
    copied: 'Der Link ist kopiert.',
  },
  share: {
    title: 'Geteilte Dateien',
    failed: 'Das konnte nicht geladen werden. Vielleicht wurde es entfernt.',
    isRemoved:
      'Das wurde entfernt. Was Geräte noch davon haben, geht, sobald sie den Platz brauchen.',
    membersOnly: (space) =>
      `Nur Mitglieder von ${space} können es lesen. Unterwegs und überall, wo es liegt, ist es verschlüsselt.`,
    linkOnly: 'Nur wer den Link hat, kann es lesen. Überall sonst ist es verschlüsselt.',
    public:
      'Öffentlich: nicht verschlüsselt. Wer den Link oder die Kennung hat, kann es lesen, und jedes Gerät, das es weitergibt.',
    sharedBy: (name) => `Geteilt von ${name}`,
    youShared: 'Von dir geteilt',
    load: 'Hierher laden',
    loadChosen: (count) => `${count} laden`,
    loadRest: 'Den Rest laden',
    preview: 'Ansehen',
    save: 'Kopie speichern',
    saveChosen: (count) => `${count} als ZIP speichern`,
    saveChosenHint: 'Was noch nicht hier ist, wird beim Speichern geholt.',
    tooManyChosen:
      'Das sind zu viele einzelne Dateien, um sie auf einmal zu speichern. Wähle ganze Ordner oder weniger Dateien.',
    saveOf: (name) => `Kopie von ${name} speichern`,
    pause: 'Anhalten',
    resume: 'Weiter',
    stop: 'Nicht weiter laden',
    keep: 'Hier behalten',
    keepHint: 'Es bleibt auf diesem Gerät, was auch immer die Grenze für Dateien sagt.',
    unkeep: 'Nicht mehr hier behalten',
    free: 'Meinen Platz freigeben',
    freeHint: 'Es bleibt geteilt und kann von anderen wieder geladen werden.',
    freeLast:
      'Von keinem anderen Gerät ist bekannt, dass es alles davon hat. Lade es zuerst anderswo, sonst könnte es verloren gehen.',
    freeLastYes: 'Trotzdem freigeben',
    link: 'Link',
    toRoom: 'In einen Raum senden',
    toBill: 'Neue Rechnung damit',
    rename: 'Umbenennen',
    name: 'Name',
    remove: 'Entfernen',
    restore: 'Zurückholen',
    files: 'Dateien',
    noList: 'Die Liste der Dateien ist auf dem Weg hierher.',
    searchFiles: 'In diesem Ordner suchen',
    allFiles: 'Alle Dateien',
    choose: (name) => `${name} auswählen`,
    priority: (name) => `Wann ${name} geladen wird`,
    priorities: { skip: 'Gar nicht', low: 'Zuletzt', normal: 'Der Reihe nach', high: 'Zuerst' },
    holders: 'Wer es hat',
    noHolders: 'Noch hat kein Gerät gesagt, dass es etwas davon hat.',
    holdsAll: 'alles',
    holdsPart: (percent) => percent,
    holdsNone: 'noch nichts',
    thisDevice: 'Dieses Gerät',
    someDevice: 'Ein Gerät',
    deviceOf: (name) => `Ein Gerät von ${name}`,
    connected: 'jetzt da',
    lastSaid: (when) => `zuletzt gehört ${when}`,
    pieces: (percent, whole, total) =>
      `${percent} ist hier: ${whole} von ${total} Abschnitten sind vollständig.`,
    availability: {
      low: (percent) => `Auf erreichbaren Geräten gibt es nur ${percent} davon.`,
      one: 'Erreichbare Geräte haben zusammen alles davon.',
      many: (copies) => `Erreichbare Geräte haben ${copies} Kopien davon.`,
    },
    sources: 'Woher es kommt',
    sourceStates: {
      asking: 'sendet jetzt',
      idle: 'bereit',
      choked: 'bedient zuerst andere',
      slow: 'langsam',
      banned: 'hat Falsches gesendet und wird nicht mehr gefragt',
    },
    sourceHas: (percent) => `hat ${percent}`,
    sourceGave: (size) => `gab ${size}`,
    webSource: (host) => `Webserver ${host}`,
    previous: 'Vorige Datei',
    next: 'Nächste Datei',
    noPreview:
      'Dateien dieser Art werden hier nicht gezeigt. Speichere sie, um sie mit einem anderen Programm zu öffnen.',
    previewFailed:
      'Das lässt sich nicht zeigen. Vielleicht ist gerade kein Gerät erreichbar, das es hat, oder der Browser kennt diese Art nicht.',
    previewCut: (size) => `Gezeigt werden nur die ersten ${size}.`,
    textOf: (name) => `Inhalt von ${name}`,
    arriving: 'Es ist auf dem Weg hierher.',
  },
  upload: {
    title: 'Teilen',
    lead: (count) => `Du hast ${count} gewählt.`,
    name: 'Name',
    how: 'Diese Dateien',
    together: 'Zusammen, als ein Ordner',
    apart: 'Jede für sich',
    who: 'Wer es lesen kann',
    members: (space) => `Die Mitglieder von ${space}`,
    membersHint: 'Für sie verschlüsselt. Wer später dazukommt, kann es auch lesen.',
    byLink: 'Wem du den Link gibst',
    byLinkHint:
      'Verschlüsselt. Der Link trägt den Schlüssel und lässt sich nicht zurückholen, wenn er weitergegeben wurde.',
    public: 'Alle, die den Link bekommen',
    publicHint:
      'Nicht verschlüsselt: Jedes Gerät, das es weitergibt, kann es lesen, und die Verzeichnisse, die du benutzt, führen es auf.',
    action: 'Teilen',
    unread: (count) => `${count} konnte der Browser nicht lesen; sie bleiben weg.`,
    nothing: 'In dem, was du gewählt hast, ist keine Datei. Leere Ordner werden nicht geteilt.',
    progress: (sent, total) => `${sent} von ${total} aufgenommen`,
    waiting: 'Kommt an die Reihe',
    finishing: 'Fast fertig',
    cancel: 'Nicht teilen',
    cancelled: (name) => `„${name}“ wird nicht geteilt.`,
    failed: 'Abgebrochen',
    left: (count, names) => `Ohne ${count}, deren Namen nicht jedes Gerät behalten kann: ${names}`,
    remaining: 'Lass die Seite offen, bis das fertig ist.',
  },
  attach: {
    choose: 'Dateien hinzufügen',
    chosen: 'Dateien zum Senden',
    takeOut: (name) => `${name} weglassen`,
    takeOff: (name) => `${name} abnehmen`,
    receipts: 'Belege',
    addReceipt: 'Beleg hinzufügen',
    sending: (name) => `${name} wird hinzugefügt`,
    drop: 'Zum Senden loslassen',
  },
  moving: {
    title: 'Unterwegs',
    none: 'Nichts ist unterwegs.',
    noneHint: 'Was du teilst, lädst oder an andere sendest, steht hier.',
    sharing: (percent) => `Nimmt auf: ${percent}`,
    loading: (percent) => `Lädt: ${percent}`,
    open: 'Zeigen, was unterwegs ist',
    stuck: (count) =>
      count === 1
        ? '1 ist stehen geblieben und braucht dich'
        : `${count} sind stehen geblieben und brauchen dich`,
  },
  shareLink: {
    title: 'Link',
    label: 'Link für einen Browser',
    appLabel: 'Link für Hamlet',
    gives:
      'Wer diesen Link hat, kann diese Dateien lesen und den Link weitergeben. Er trägt den Schlüssel, die Wege zu deinen Geräten und den Namen.',
    givesNot:
      'Er lässt niemanden in den Ort. Er lässt sich nicht zurückholen: Entferne stattdessen die Dateien.',
    givesPublic: 'Diese Dateien sind öffentlich: Der Link sagt nur, wo sie sind.',
    copy: 'Link kopieren',
    openTitle: 'Einen Link zu Dateien öffnen',
    openLead: 'Geladen wird nichts, bevor du es verlangst.',
    openLabel: 'Der Link, oder die Kennung einer öffentlichen Datei',
    open: 'Öffnen',
    openThese: 'Diese Dateien öffnen',
  },
  fileSettings: {
    title: 'Dateien auf diesem Gerät',
    hint: 'Wie viel Platz Dateien hier belegen und wie schnell sie sich bewegen.',
    open: 'Platz und Grenzen',
    used: (size, count) => `${size} belegt, in ${count} Stücken`,
    pinned: (size) => `${size} davon bleiben auf Dauer`,
    free: (size) => `${size} frei auf der Festplatte`,
    quota: 'Platz für Dateien, in GB',
    quotaHint:
      'Ist er voll, geht zuerst, was am längsten nicht gebraucht wurde, und nie, was du hier behältst. Leer: keine Grenze.',
    down: 'Laden höchstens, in MB je Sekunde',
    up: 'Senden höchstens, in MB je Sekunde',
    rateHint: 'Leer: so schnell es geht.',
    notNumber: 'Schreib eine Zahl, etwa 2,5, oder nichts.',
    saved: 'Die Grenzen sind gespeichert.',
  },
  trackers: {
    title: 'Tracker',
    hint: 'Ein Tracker ist ein Verzeichnis im Netz, das sagt, welches Gerät was hat. Er erfährt, was öffentlich ist und wofür du ihn genannt hast: die Adressen deiner Geräte und wie viel sie haben. Dateien bekommt er nie.',
    brief: 'Verzeichnisse im Netz, die sagen, welche Geräte haben, was öffentlich ist.',
    open: 'Tracker zeigen',
    none: 'Dieses Gerät benutzt keinen Tracker. Mitglieder eines Orts finden sich ohne.',
    failed: 'Die Tracker ließen sich nicht laden. Es wird von selbst noch einmal versucht.',
    address: 'Webadresse eines Trackers',
    addressHint: 'Wie sie nennt, wer ihn betreibt: https und ein Name, ohne Pfad.',
    badAddress: 'Das ist keine Adresse eines Trackers. Sie ist https:// und ein Name, ohne Pfad.',
    tooMany: 'Dieses Gerät benutzt so viele Tracker, wie es kann. Nimm zuerst einen weg.',
    add: 'Hinzufügen',
    remove: (host) => `${host} nicht mehr benutzen`,
    removed: (host) => `${host} wird nicht mehr benutzt.`,
    unknown: 'Noch nicht gefragt.',
    working: (when) => `Angemeldet, letzte Antwort ${when}`,
    askedAgain: (when) => `Gefragt ${when}; es wird von selbst wieder gefragt.`,
    announced: (count) =>
      count === 1 ? 'Führt 1 Eintrag dieses Geräts' : `Führt ${count} Einträge dieses Geräts`,
    problems: {
      away: 'Er antwortet nicht. Zwischen Geräten, die sich kennen, kommen Dateien trotzdem an.',
      wrong: 'Was dort antwortet, ist kein Tracker. Prüfe die Adresse.',
      busy: 'Er hat zu viel zu tun.',
      full: 'Er nimmt keine Einträge dieses Geräts mehr an.',
      closed: 'Er lässt dieses Gerät nicht hinein. Frag, wer ihn betreibt.',
      trouble: 'Er konnte nicht tun, worum er gebeten wurde.',
    },
  },
  standing: {
    title: 'Wer gibt und nimmt',
    lead: 'Was Geräte in diesem Ort einander gesendet haben. Es zählt nur mit einer Quittung, die beide Seiten unterschrieben haben.',
    failed: 'Das ließ sich nicht laden. Es wird von selbst noch einmal versucht.',
    nothing: 'Noch wurde nichts gezählt',
    nothingHint:
      'Lädt jemand eine Datei von einem Gerät eines anderen, unterschreiben beide eine Quittung, und die zählt hier.',
    even: 'ausgeglichen',
    ahead: (size) => `${size} mehr gegeben als genommen`,
    behind: (size) => `${size} mehr genommen als gegeben`,
    gaveAndTook: (given, taken) => `Gab ${given}, nahm ${taken}`,
    since: (when) => `dazugekommen: ${when}`,
    contribution: {
      none: 'Davon kam nichts bei dir an, oder bei Leuten, die dir gegeben haben.',
      little: 'Davon kam ein wenig bei dir an, oder bei Leuten, die dir gegeben haben.',
      some: 'Davon kam ein guter Teil bei dir an, oder bei Leuten, die dir gegeben haben.',
      much: 'Du, oder Leute, die dir gegeben haben, verdanken ihnen viel.',
    },
    reliability: (percent) =>
      `Nach dem, was bisher bekannt ist, sind mindestens ${percent} von dem richtig, was sie senden.`,
    reliabilityUnknown: 'Ob richtig ist, was sie senden, ist noch nicht bekannt.',
    why: (count) => (count === 1 ? 'Die Quittung dahinter' : `Die ${count} Quittungen dahinter`),
    you: 'dir',
    somebody: 'jemandem',
    reasons: {
      given: (name, size) => `gab ${name} ${size}`,
      taken: (name, size) => `nahm ${size} von ${name}`,
      served: (name, size) => `sendete ${name} ${size}, alles richtig`,
      failed: (name, size) => `sendete ${name} ${size}, und es war falsch`,
    },
    frauds: {
      conflict: 'Bewiesen: hat zwei Quittungen unterschrieben, die sich widersprechen.',
      'self-dealing': 'Bewiesen: hat Quittungen für ein eigenes Gerät unterschrieben.',
      'over-rate': 'Bewiesen: hat für mehr unterschrieben, als eine Leitung tragen kann.',
    },
    otherFraud: (kind) => `Bewiesen, dass betrogen wurde: ${kind}.`,
    forgiven: 'Ein Verwalter hat es aufgehoben.',
    forgivenFor: (note) => `Ein Verwalter hat es aufgehoben: ${note}`,
    newTitle: 'Neu hier, oder weit im Rückstand?',
    newText:
      'Niemand wird abgewiesen. Wer neu ist, darf etwa 8,6 GB nehmen, bevor es zählt, und nach einem Monat 69 GB. Darüber hinaus gibt jedes Gerät noch etwa 268 MB am Tag, und was übrig ist.',
    orderText:
      'Die Zahlen entscheiden nur, wer zuerst bedient wird, wenn viele zugleich fragen, und einer von vier Plätzen geht reihum an alle. Deine eigenen Geräte werden nie gezählt.',
    receipts: 'Quittungen speichern',
    receiptsHint: 'Alle, die zählen, als Datei, die jeder prüfen kann.',
  },
  fileErrors: {
    disk: 'Die Festplatte dieses Geräts ist voll. Was schon geteilt war, bleibt unberührt. Schaff Platz und drücke „Erneut versuchen“.',
    quota:
      'Der Platz für Dateien auf diesem Gerät ist verbraucht. Gib etwas frei oder erlaube mehr unter „Platz und Grenzen“, und drücke „Erneut versuchen“.',
    tooLarge:
      'Es ist größer, als Hamlet teilen kann, oder hat zu viele Dateien. Teile es in mehreren Stücken.',
    name: 'Seinen Namen kann nicht jedes Gerät behalten. Benenne es um und teile es noch einmal.',
    unreadable:
      'Der Browser konnte es nicht lesen. Vielleicht wurde es seither verschoben oder verändert. Wähle es noch einmal.',
    gone: 'Es ist nicht mehr hier. Vielleicht wurde es auf einem anderen Gerät entfernt.',
    nobody:
      'Gerade ist kein Gerät erreichbar, das es hat. Es geht von selbst weiter, sobald eines da ist.',
    damaged: 'Ein Teil auf diesem Gerät ist beschädigt. Er wird von anderen neu geladen.',
    link: 'Das ist kein ganzer Link zu Dateien. Kopiere ihn vollständig und füge ihn noch einmal ein.',
    unreachable:
      'Hamlet auf diesem Computer antwortet nicht. Starte es neu und drücke „Erneut versuchen“.',
    notAllowed: 'Das dürfen nur, wer es geteilt hat, und Verwalter des Orts.',
    other:
      'Das hat nicht geklappt. Was schon geteilt war, bleibt unberührt. Drücke „Erneut versuchen“.',
  },
}
