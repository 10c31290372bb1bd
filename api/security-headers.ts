/** What every answer tells a browser: load nothing from elsewhere, guess no types, keep no copy, stay out of frames. */
import type { RequestHandler } from 'express';

const yearSeconds = 31_536_000;

/** Pages under /console/ set a policy of their own, which lets them load their own files. */
export const securityHeaders: RequestHandler = (req, res, next) => {
  res.set({
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  });
  // Over a line that is not encrypted anybody could have said it.
  if (req.secure) res.set('Strict-Transport-Security', `max-age=${yearSeconds}; includeSubDomains`);
  next();
};
