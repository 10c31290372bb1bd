/** What a lying rail, or something broken before it, makes of an answer: for the suite of every rail and for the fault harness. */
import { randomUUID } from 'node:crypto';

export const lies = ['HTML', 'another amount', 'another currency', 'another reference'] as const;
export type Lie = (typeof lies)[number];

/** The words under which rails name a payment, a message, or whose they are. */
const references =
  /"(transferId|transferCode|accountId|homeTransactionId|requestingOrganisationTransactionReference|transactionReference|objectReference|serverCorrelationId|link|batchID|sourceAccount|partyIdentifier)":\s*"[^"]*"/g;

/** The same where a rail speaks ISO 20022. */
const isoReferences = /<(OrgnlMsgId|OrgnlPmtInfId|OrgnlEndToEndId|EndToEndId)>[^<]*</g;

/** The answer's text as the lie has it; the same text where there is nothing to lie about. */
export function liedAbout(lie: Lie, text: string): string {
  switch (lie) {
    case 'HTML':
      return '<html><body><h1>It works!</h1></body></html>';
    case 'another amount':
      return text
        .replace(/"(amount|totalAmount\w+)":\s*("?)(\d[\d.]*)"?/g, '"$1":$21$3$2')
        .replace(/( Ccy="[A-Z]{3}">)(\d)/g, '$11$2');
    case 'another currency':
      return text
        .replace(/"currency":\s*"([A-Z]{3})"/g, (_, code) => `"currency":"${anotherThan(code)}"`)
        .replace(/ Ccy="([A-Z]{3})"/g, (_, code) => ` Ccy="${anotherThan(code)}"`);
    case 'another reference':
      return text
        .replace(references, (_, name) => `"${name}":"${randomUUID()}"`)
        .replace(isoReferences, (_, name) => `<${name}>${randomUUID().replaceAll('-', '')}<`);
  }
}

function anotherThan(currency: string): string {
  return currency === 'EUR' ? 'USD' : 'EUR';
}
