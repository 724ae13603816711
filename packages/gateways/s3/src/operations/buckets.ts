/** ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation, and the settings of buckets, none of which are kept. */

import { isS3Error, S3Error } from '../errors.ts'
import type { S3ErrorCode } from '../error-codes.ts'
import { PAGE_ENTRIES_MAX } from '../limits.ts'
import { childText } from '../xml/xml-reader.ts'
import { element, elements } from '../xml/xml-writer.ts'
import type { XmlContent } from '../xml/xml-writer.ts'
import { isoTime, numberIn, renderOwner } from './operation.ts'
import type { OperationContext, Owner } from './operation.ts'
import { decodeToken, encodeToken } from './page-token.ts'
import { readXmlBody } from './request-body.ts'

/** Where there is no other: what AWS calls the region without a name. */
const DEFAULT_REGION = 'us-east-1'

export async function listBuckets({
  backend,
  exchange,
  owner,
  region,
}: OperationContext): Promise<void> {
  const { query } = exchange.target
  const prefix = query.get('prefix') ?? ''
  const limit = numberIn(query, 'max-buckets', 10 * PAGE_ENTRIES_MAX)
  const token = query.get('continuation-token')
  const after = token === undefined ? '' : decodeToken(token)
  const buckets = (await backend.listBuckets()).filter(
    ({ name }) => name.startsWith(prefix) && name > after,
  )
  const shown = buckets.slice(0, limit)
  const isMore = buckets.length > shown.length && shown.length > 0
  exchange.sendXml(
    'ListAllMyBucketsResult',
    elements({
      Owner: renderOwner(owner),
      Buckets: shown.map(({ name, createdMs }) =>
        element(
          'Bucket',
          elements({
            Name: name,
            CreationDate: isoTime(createdMs),
            BucketRegion: query.has('max-buckets') ? (region ?? DEFAULT_REGION) : undefined,
          }),
        ),
      ),
      ContinuationToken: isMore ? encodeToken(shown.at(-1)!.name) : undefined,
      Prefix: query.has('prefix') ? prefix : undefined,
    }),
  )
}

export async function createBucket(context: OperationContext): Promise<void> {
  const { backend, bucket, exchange, region } = context
  const root =
    exchange.headers.get('content-length') === undefined ? undefined : await readXmlBody(exchange)
  if (root !== undefined && root.name !== 'CreateBucketConfiguration') {
    throw new S3Error('MalformedXML')
  }
  const location = root && childText(root, 'LocationConstraint')
  if (region !== undefined && location !== undefined && location !== '' && location !== region) {
    throw new S3Error('IllegalLocationConstraintException')
  }
  try {
    await backend.createBucket(bucket)
  } catch (error) {
    // AWS takes it for done in its first region, and for an error in all others.
    const isThere = isS3Error(error) && error.code === 'BucketAlreadyOwnedByYou'
    if (!isThere || (region ?? DEFAULT_REGION) !== DEFAULT_REGION) throw error
  }
  exchange.sendEmpty(200, { location: `/${bucket}` })
}

export async function headBucket(context: OperationContext): Promise<void> {
  const { backend, bucket, exchange, region } = context
  await backend.headBucket(bucket)
  exchange.sendEmpty(200, { 'x-amz-bucket-region': region ?? DEFAULT_REGION })
}

export async function deleteBucket({ backend, bucket, exchange }: OperationContext): Promise<void> {
  await backend.deleteBucket(bucket)
  exchange.sendEmpty(204)
}

type Setting =
  | { readonly root: string; readonly content: (context: OperationContext) => XmlContent }
  | { readonly missing: S3ErrorCode }

function aclOf(owner: Owner): XmlContent {
  const grantee = {
    name: 'Grantee',
    attributes: 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"',
    content: renderOwner(owner),
  }
  const grant = element('Grant', [grantee, element('Permission', 'FULL_CONTROL')])
  return elements({ Owner: renderOwner(owner), AccessControlList: grant })
}

const ACL: Setting = { root: 'AccessControlPolicy', content: ({ owner }) => aclOf(owner) }

/** What a bucket says of settings that cannot be made here: what S3 says of one where nobody has made them. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  location: {
    root: 'LocationConstraint',
    content: ({ region }) => (region === DEFAULT_REGION ? '' : region),
  },
  acl: ACL,
  versioning: { root: 'VersioningConfiguration', content: () => '' },
  requestPayment: {
    root: 'RequestPaymentConfiguration',
    content: () => element('Payer', 'BucketOwner'),
  },
  logging: { root: 'BucketLoggingStatus', content: () => '' },
  notification: { root: 'NotificationConfiguration', content: () => '' },
  accelerate: { root: 'AccelerateConfiguration', content: () => '' },
  policy: { missing: 'NoSuchBucketPolicy' },
  policyStatus: { missing: 'NoSuchBucketPolicy' },
  cors: { missing: 'NoSuchCORSConfiguration' },
  lifecycle: { missing: 'NoSuchLifecycleConfiguration' },
  website: { missing: 'NoSuchWebsiteConfiguration' },
  tagging: { missing: 'NoSuchTagSet' },
  encryption: { missing: 'ServerSideEncryptionConfigurationNotFoundError' },
  'object-lock': { missing: 'ObjectLockConfigurationNotFoundError' },
  ownershipControls: { missing: 'OwnershipControlsNotFoundError' },
  publicAccessBlock: { missing: 'NoSuchPublicAccessBlockConfiguration' },
  replication: { missing: 'ReplicationConfigurationNotFoundError' },
}

/** `undefined`: not even S3's answer for none is known. */
export function bucketSetting(
  name: string,
): ((context: OperationContext) => Promise<void>) | undefined {
  const setting = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined
  if (setting === undefined) return undefined
  return async (context) => {
    await context.backend.headBucket(context.bucket)
    answerSetting(context, setting)
  }
}

function answerSetting(context: OperationContext, setting: Setting): void {
  if ('missing' in setting) {
    throw new S3Error(setting.missing, undefined, { BucketName: context.bucket })
  }
  context.exchange.sendXml(setting.root, setting.content(context))
}

/** Whoever may sign is the owner of everything. */
export async function getObjectAcl(context: OperationContext): Promise<void> {
  await context.backend.head(context.bucket, context.key)
  answerSetting(context, ACL)
}

export async function getObjectTagging(context: OperationContext): Promise<void> {
  await context.backend.head(context.bucket, context.key)
  context.exchange.sendXml('Tagging', element('TagSet', ''))
}
