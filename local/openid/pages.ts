/** The pages of the sign-in server: where a sample person gives name and password, and where they leave. They call nothing else. */

export function loginPage({
  action,
  username,
  isWrong,
}: {
  readonly action: string;
  readonly username: string;
  readonly isWrong: boolean;
}): string {
  const alert = isWrong
    ? '<p role="alert">No such name and password. <code>make token</code> lists the names.</p>'
    : '';
  return page(
    'Sign in',
    `${alert}
<form method="post" action="${escaped(action)}">
<label>Name<input name="username" autocomplete="username" autocapitalize="none" required autofocus value="${escaped(username)}"></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form>`,
  );
}

/** `form`: the provider's own, with what it must hear back. */
export function logoutPage(form: string): string {
  return page(
    'Sign out',
    `<p>You have left the console. Should the sign-in server forget you too?</p>
${form}
<p><button form="op.logoutForm" name="logout" value="yes" autofocus>Sign out</button>
<button form="op.logoutForm">Stay signed in here</button></p>`,
  );
}

export function loggedOutPage(): string {
  return page('Signed out', '<p>Nobody is signed in with this browser any more.</p>');
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:22rem;margin:15vh auto;padding:0 1rem}label{display:block;margin:1rem 0}
input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.5rem}button{font:inherit;padding:.5rem 1.5rem}[role=alert]{color:#a2191f}</style>
<main><h1>${title}</h1>
<p>The sign-in server of the local stack.</p>
${body}</main></html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
