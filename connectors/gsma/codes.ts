/** Every error category and code of the Mobile Money API 1.2, and what each means here: a word that is missing does not compile. */

export type ErrorCategory =
  | 'businessRule'
  | 'validation'
  | 'authorisation'
  | 'identification'
  | 'internal'
  | 'serviceUnavailable';

export type ErrorCode =
  | 'genericError'
  | 'dailyVolumeLimitExceeded'
  | 'dailyValueLimitExceeded'
  | 'weeklyVolumeLimitExceeded'
  | 'weeklyValueLimitExceeded'
  | 'monthlyVolumeLimitExceeded'
  | 'monthlyValueLimitExceeded'
  | 'accountMaxTotalVolumeExceeded'
  | 'accountMaxTotalValueExceeded'
  | 'lessThanTransactionMinValue'
  | 'greaterThanTransactionMaxValue'
  | 'maxBalanceExceeded'
  | 'samePartiesError'
  | 'duplicateRequest'
  | 'insufficientFunds'
  | 'incorrectState'
  | 'underPaymentNotAllowed'
  | 'overPaymentNotAllowed'
  | 'rateLimitError'
  | 'transactionTypeError'
  | 'noMandateAuthority'
  | 'linkViolation'
  | 'countryofOriginNotPermitted'
  | 'nationalityNotPermitted'
  | 'idDocumentNotSupported'
  | 'issuingCountryNotSupported'
  | 'quoteHasExpired'
  | 'identifierError'
  | 'lengthError'
  | 'formatError'
  | 'negativeValue'
  | 'currencyNotSupported'
  | 'mandatoryValueNotSupplied'
  | 'invalidOffset'
  | 'clientAuthorisationError'
  | 'requestDeclined'
  | 'servicingPartyAuthorisationError'
  | 'requestingPartyAuthorisationError';

export type ErrorClass =
  /** The provider has this correlation id already: ask what came of it. */
  | 'duplicate'
  | 'noFunds'
  /** We may not speak for this payer: nothing of the payer's will pass until somebody acts. */
  | 'notAuthorised'
  /** Turned away before it was taken. */
  | 'later'
  /** Something went wrong somewhere; nothing is said about the payment. */
  | 'unclear'
  | 'notFound'
  | 'refused';

/** For a code that says nothing by itself, and for words that a provider made up. */
export const classesByCategory: Readonly<Record<ErrorCategory, ErrorClass>> = {
  businessRule: 'refused',
  validation: 'refused',
  authorisation: 'notAuthorised',
  identification: 'notFound',
  internal: 'unclear',
  serviceUnavailable: 'later',
};

/** `byCategory`: the code leaves it open. Everything that our own request would have to be mended for is final for its row. */
export const classesByCode: Readonly<Record<ErrorCode, ErrorClass | 'byCategory'>> = {
  genericError: 'byCategory',
  dailyVolumeLimitExceeded: 'refused',
  dailyValueLimitExceeded: 'refused',
  weeklyVolumeLimitExceeded: 'refused',
  weeklyValueLimitExceeded: 'refused',
  monthlyVolumeLimitExceeded: 'refused',
  monthlyValueLimitExceeded: 'refused',
  accountMaxTotalVolumeExceeded: 'refused',
  accountMaxTotalValueExceeded: 'refused',
  lessThanTransactionMinValue: 'refused',
  greaterThanTransactionMaxValue: 'refused',
  maxBalanceExceeded: 'refused',
  samePartiesError: 'refused',
  duplicateRequest: 'duplicate',
  insufficientFunds: 'noFunds',
  incorrectState: 'refused',
  underPaymentNotAllowed: 'refused',
  overPaymentNotAllowed: 'refused',
  rateLimitError: 'later',
  transactionTypeError: 'refused',
  noMandateAuthority: 'refused',
  linkViolation: 'refused',
  countryofOriginNotPermitted: 'refused',
  nationalityNotPermitted: 'refused',
  idDocumentNotSupported: 'refused',
  issuingCountryNotSupported: 'refused',
  quoteHasExpired: 'refused',
  identifierError: 'notFound',
  lengthError: 'refused',
  formatError: 'refused',
  negativeValue: 'refused',
  currencyNotSupported: 'refused',
  mandatoryValueNotSupplied: 'refused',
  invalidOffset: 'refused',
  clientAuthorisationError: 'notAuthorised',
  // A person said no to this one payment; the client's own rights are not in question.
  requestDeclined: 'refused',
  servicingPartyAuthorisationError: 'notAuthorised',
  requestingPartyAuthorisationError: 'notAuthorised',
};
