/** IBANs: their shape and their check digits. ISO 13616. */

const ibanShape = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

/** Check digits by ISO 7064 MOD 97-10, ISO 13616. Groups of four with spaces are accepted. */
export function isIban(text: string): boolean {
  const iban = spaceless(text);
  if (!ibanShape.test(iban)) return false;
  let rest = 0;
  for (const letter of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(letter, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

export function hasIbanShape(text: string): boolean {
  return ibanShape.test(spaceless(text));
}

function spaceless(iban: string): string {
  return iban.replaceAll(' ', '').toUpperCase();
}
