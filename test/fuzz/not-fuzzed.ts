/** Functions named like decoders that have no target of their own, each with the reason. */

export const NOT_FUZZED: Readonly<Record<string, string>> = {
  'apps/cli/src/ledger/here.ts#openLedger': 'reads replies through the client: http/reply',
  'apps/cli/src/client-key.ts#readClientKey': 'PEM of the own machine, read by OpenSSL',
  'apps/cli/src/commands/device-commands.ts#readWords': 'asks for words: identity/words',
  'apps/cli/src/small-file.ts#readSmallFile': 'reads any text up to a length',
  'apps/tracker/src/data/open-database.ts#openDatabase': 'opens a database and reads no format',
  'apps/tracker/src/data/open-database.ts#openWith': 'opens a database and reads no format',
  'apps/tracker/src/http/app.ts#openApiDocument': 'makes a document and reads none',
  'apps/web/src/bills/entry/amount-reading.ts#readAmount':
    'what the person at the page types: any text in test/bill-lines.test.ts of it',
  'apps/web/src/bills/entry/bill-draft.ts#readDraft':
    'what this page kept itself: test/bill-form.test.ts of it',
  'apps/web/src/bills/entry/bill-reading.ts#readBill':
    'what the person at the page types: any text in test/bill-lines.test.ts of it',
  'apps/web/src/bills/entry/bill-reading.ts#readTags':
    'what the person at the page types: any text in test/bill-lines.test.ts of it',
  'apps/web/src/bills/entry/item-line.ts#readItem':
    'what the person at the page types: any text in test/bill-lines.test.ts of it',
  'apps/web/src/bills/entry/payers-line.ts#readPayers':
    'what the person at the page types: any text in test/bill-lines.test.ts of it',
  'apps/cli/src/files/local-files.ts#readLocalFile':
    'streams the bytes of a file and reads no format',
  'apps/cli/src/files/rates.ts#parseBytes': "a flag of the person's own command line",
  'apps/cli/src/ledger/split-flags.ts#readShares': "a flag of the person's own command line",
  'apps/web/src/bills/entry/split-reading.ts#readSplit':
    'what the person at the page types: any text in test/bill-lines.test.ts of it',
  'apps/web/src/files/dropped.ts#readChosen':
    'files of a browser, in any order: test/files-parts.test.ts',
  'apps/web/src/files/dropped.ts#readDrop':
    'files of a browser, in any order: test/files-parts.test.ts',
  'apps/web/src/files/limit-amounts.ts#readAmount':
    'what the person at the page types: test/files-parts.test.ts of it',
  'apps/web/src/i18n/languages.ts#loadTexts': 'imports one of our own two tables of texts',
  'apps/web/src/state/session.ts#openSession': 'reads replies through the client: http/reply',
  'packages/gateways/s3/src/operations/request-body.ts#openRequestBody':
    'opens a stream by headers: s3/chunks',
  'packages/gateways/s3/src/operations/request-body.ts#readXmlBody': 'a stream to s3/xml',
  'packages/gateways/s3/src/node/folder-backend.ts#open': 'opens a folder: s3/object-file',
  'packages/gateways/s3/src/node/folder-files.ts#readPieces': 'bytes of a file, of no format',
  'packages/base/identity/src/client-certificate.ts#verifyClientOperation':
    'reads no format: one signature over any bytes, judged by Wycheproof',
  'packages/base/identity/src/domain.ts#verifyDomain':
    'reads no format: one signature over any bytes; every certificate target goes through it',
  'packages/data/blobs/src/merkle/leaf-proof.ts#verifyLeaf':
    'reads no format: one hash of bytes and of a path whose form vault/audit decodes; test/leaf-proof.test.ts changes each part',
  'packages/data/blobs/src/attachments/attachment.ts#readAttachment':
    'fields of chat.message.files and ledger.attach: chat/content, ledger/content',
  'packages/data/blobs/src/store/incoming.ts#open': 'begins a new file and reads no format',
  'packages/data/blobs/src/store/incoming.ts#openIncomingNodes':
    'opens what this process has just written and proves every chunk by it',
  'packages/base/identity/src/tracker-login.ts#verifyTrackerLogin':
    'reads no format: one signature over lines that the verifier makes itself',
  'packages/base/store/src/mending-kv.ts#openMendingKv': 'opens a database and reads no format',
  'packages/data/log/src/feed/feed-reading.ts#readBytes': 'a stream out of a feed: feed/block',
  'packages/data/log/src/feed/feed-reading.ts#readPayloads': 'a stream out of a feed: feed/block',
  'packages/data/log/src/log-repair.ts#open':
    'reads what log/files reads; test/repair.test.ts changes every byte',
  'packages/data/trie/src/key-index.ts#open':
    'reads one record of a fixed size that this device made, and makes the index anew unless it fits',
  'packages/data/trie/src/trie-hints.ts#openRemoteTrie': 'opens a trie and reads no format',
  'packages/features/chat/src/chat-messages.ts#readDetail': 'a query of the view: stores/views',
  'packages/features/chat/src/chat-messages.ts#readMarks': 'a query of the view: stores/views',
  'packages/features/chat/src/chat-messages.ts#readMessages': 'a query of the view: stores/views',
  'packages/features/chat/src/chat-messages.ts#readOwnDots': 'a query of the view: stores/views',
  'packages/features/chat/src/chat-messages.ts#readRecords': 'a query of the view: stores/views',
  'packages/features/files/src/credits/credit-book.ts#load': 'a query of the view: credits/content',
  'packages/features/files/src/credits/account-book.ts#open':
    'loads records and reads none: credits/account',
  'packages/features/vault/src/entries/read-objects.ts#readObjects':
    'a query of the view: stores/views, vault/content',
  'packages/features/chat/src/keys.ts#parseBlockKey': 'keys the fold of this device made',
  'packages/features/chat/src/keys.ts#readPrefix': 'makes a key and reads none',
  'packages/features/expenses/src/ledger/activity.ts#readActivity':
    'a query of the view: stores/views',
  'packages/features/expenses/src/ledger/closed-periods.ts#readClosedPeriods':
    'a query of the view: stores/views',
  'packages/features/expenses/src/ledger/expense-detail.ts#readExpenseDetail':
    'a query of the view: stores/views',
  'packages/features/expenses/src/ledger/heads.ts#readHeads': 'a query of the view: stores/views',
  'packages/features/expenses/src/ledger/imports.ts#readImports':
    'a query of the view: stores/views',
  'packages/features/expenses/src/ledger/carriers.ts#readCarriers':
    'a query of the view: stores/views',
  'packages/features/expenses/src/ledger/locks.ts#readLocks': 'a query of the view: stores/views',
  'packages/features/expenses/src/ledger/ledger-book.ts#load': 'a query of the view: stores/views',
  'packages/features/expenses/src/ledger/read-entry.ts#readEntry':
    'decodeLedger, whose answer it keeps: ledger/content',
  'packages/features/expenses/src/ledger/record-bodies.ts#readStoredRecordBody':
    'a part of decodeCurrent; the strict one, readRecordBody, is fuzzed',
  'packages/features/expenses/src/ledger/records.ts#decodeCurrent':
    'values the fold of this device made in the same version, under the checksums of the store',
  'packages/features/expenses/src/ledger/records.ts#decodeVerdict': 'as decodeCurrent',
  'packages/features/expenses/src/ledger/records.ts#decodeVersion': 'as decodeCurrent',
  'packages/features/expenses/src/ledger/settings-of.ts#readSettings':
    'a query of the view: stores/views',
  'packages/features/expenses/src/party.ts#parseLedgerId': 'one regular expression',
  'packages/features/chat/src/records.ts#decodeLane':
    'values the fold of this device made in the same version, under the checksums of the store',
  'packages/features/chat/src/records.ts#decodeMessage': 'as decodeLane',
  'packages/features/chat/src/records.ts#decodePending': 'as decodeLane',
  'packages/features/chat/src/records.ts#decodeRead': 'as decodeLane',
  'packages/features/chat/src/records.ts#decodeRoom': 'as decodeLane',
  'packages/features/chat/src/records.ts#decodeRoomAgain': 'as decodeLane',
  'packages/features/chat/src/rooms.ts#readRoom': 'a query of the view: stores/views',
  'packages/features/chat/src/rooms.ts#readRooms': 'a query of the view: stores/views',
  'packages/gateways/http/src/app.ts#openApiDocument': 'makes a document and reads none',
  'packages/gateways/http/src/node/static-files.ts#openStaticFiles':
    'lists the folder of our own build; paths of requests are looked up in that list',
  'packages/group/space/src/content-reader.ts#openEntry':
    'opens payloads with openContent: space/payload; the rest of it: stores/progress',
  'packages/group/space/src/own-track.ts#openOwnTrack': 'opens a log: log/open; reads no format',
  'packages/group/space/src/space.ts#openForJoin': 'as Space.open, with nothing to read yet',
  'packages/peer/src/files/blob-reading.ts#readPlain':
    'a stream out of blobs, each chunk proven and each segment opened: sealed/range',
  'packages/peer/src/files/files-desk.ts#open': 'opens the store and the notes: peer/files',
  'packages/peer/src/files/swarm-hub.ts#open': 'opens the store and reads no format of its own',
  'packages/peer/src/doubts.ts#open': 'reads no format',
  'packages/peer/src/node/folder-seal.ts#open': 'reads its files with peer/mark and peer/seal',
  'packages/peer/src/node/open-keys.ts#openKeys': 'reads the key file: identity/key-file',
  'packages/peer/src/peer.ts#open': 'puts together what has targets: peer/state, stores/progress',
  'packages/peer/src/space-runtime.ts#open': 'opens the views: stores/views',
}
