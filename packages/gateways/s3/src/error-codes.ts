/** The errors of S3 that this gateway answers with: status and usual text of each. */

interface KnownError {
  readonly status: number
  readonly message: string
}

function known(status: number, message: string): KnownError {
  return { status, message }
}

const TABLE = {
  AccessControlListNotSupported: known(400, 'The bucket does not allow ACLs.'),
  AccessDenied: known(403, 'Access Denied'),
  AuthorizationHeaderMalformed: known(400, 'The authorization header is malformed.'),
  AuthorizationQueryParametersError: known(400, 'The authorization query parameters are wrong.'),
  BadDigest: known(400, 'The digest you specified did not match what was received.'),
  BucketAlreadyExists: known(409, 'The requested bucket name is not available.'),
  BucketAlreadyOwnedByYou: known(409, 'The bucket exists already, and you own it.'),
  BucketNotEmpty: known(409, 'The bucket you tried to delete is not empty.'),
  ConditionalRequestConflict: known(409, 'The object changed while it was written. Try again.'),
  EntityTooLarge: known(400, 'Your proposed upload exceeds the maximum allowed size.'),
  EntityTooSmall: known(400, 'Your proposed upload is smaller than the minimum allowed size.'),
  IllegalLocationConstraintException: known(400, 'The location is not the region of this server.'),
  IncompleteBody: known(400, 'The request ended before the number of bytes it announced.'),
  InternalError: known(500, 'We encountered an internal error. Please try again.'),
  InvalidAccessKeyId: known(403, 'The access key id you provided is not known.'),
  InvalidArgument: known(400, 'Invalid Argument'),
  InvalidBucketName: known(400, 'The specified bucket is not valid.'),
  InvalidDigest: known(400, 'The Content-MD5 you specified is not valid.'),
  InvalidPart: known(400, 'One or more of the specified parts could not be found.'),
  InvalidPartNumber: known(416, 'The requested part number is not satisfiable.'),
  InvalidPartOrder: known(400, 'The list of parts was not in ascending order.'),
  InvalidPolicyDocument: known(400, 'The policy of the form is not valid.'),
  InvalidRange: known(416, 'The requested range is not satisfiable.'),
  InvalidRequest: known(400, 'Invalid Request'),
  InvalidStorageClass: known(400, 'The storage class you specified is not valid.'),
  InvalidURI: known(400, 'The specified URI could not be parsed.'),
  KeyTooLongError: known(400, 'Your key is too long.'),
  MalformedPOSTRequest: known(400, 'The body of your POST request is not well-formed form data.'),
  MalformedTrailerError: known(400, 'The trailer of the request is not what its headers announce.'),
  MalformedXML: known(400, 'The XML you provided was not well-formed.'),
  MaxMessageLengthExceeded: known(400, 'Your request was too big.'),
  MetadataTooLarge: known(400, 'Your metadata headers exceed the maximum allowed size.'),
  MethodNotAllowed: known(405, 'The specified method is not allowed against this resource.'),
  MissingContentLength: known(411, 'You must provide the Content-Length HTTP header.'),
  NoSuchBucket: known(404, 'The specified bucket does not exist.'),
  NoSuchBucketPolicy: known(404, 'The bucket policy does not exist.'),
  NoSuchCORSConfiguration: known(404, 'The CORS configuration does not exist.'),
  NoSuchKey: known(404, 'The specified key does not exist.'),
  NoSuchLifecycleConfiguration: known(404, 'The lifecycle configuration does not exist.'),
  NoSuchPublicAccessBlockConfiguration: known(404, 'There is no public access block.'),
  NoSuchTagSet: known(404, 'The TagSet does not exist.'),
  NoSuchUpload: known(404, 'The specified upload does not exist.'),
  NoSuchVersion: known(404, 'The specified version does not exist.'),
  NoSuchWebsiteConfiguration: known(404, 'There is no website configuration.'),
  NotImplemented: known(501, 'This is not implemented here.'),
  NotModified: known(304, 'Not Modified'),
  ObjectLockConfigurationNotFoundError: known(404, 'There is no object lock configuration.'),
  OwnershipControlsNotFoundError: known(404, 'The bucket ownership controls were not found.'),
  PreconditionFailed: known(412, 'At least one of the preconditions you specified did not hold.'),
  ReplicationConfigurationNotFoundError: known(404, 'There is no replication configuration.'),
  RequestTimeTooSkewed: known(403, 'The time of the request is too far from the time here.'),
  RequestTimeout: known(400, 'Nothing of the request came within the timeout.'),
  ServerSideEncryptionConfigurationNotFoundError: known(
    404,
    'There is no encryption by the server.',
  ),
  ServiceUnavailable: known(503, 'The store cannot be reached now. Please try again.'),
  SignatureDoesNotMatch: known(
    403,
    'The signature does not match: check your secret key and method.',
  ),
  SlowDown: known(503, 'Please reduce your request rate.'),
  InsufficientStorage: known(507, 'There is no space left for what you sent.'),
  XAmzContentSHA256Mismatch: known(400, 'The x-amz-content-sha256 header does not match the body.'),
} as const satisfies Readonly<Record<string, KnownError>>

export type S3ErrorCode = keyof typeof TABLE

export const S3_ERRORS: Readonly<Record<S3ErrorCode, KnownError>> = TABLE
