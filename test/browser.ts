/** A browser without a window: keeps cookies, follows redirects, and says of itself what browsers say. For tests. */
export type Browser = {
  readonly cookies: Map<string, { readonly value: string; readonly attributes: string }>;
  /** Goes to a page, by whatever redirects, as somebody does who follows a link. */
  open(url: string, init?: RequestInit): Promise<Response>;
  /** Asks as a page of the hub does. */
  ask(url: string, init?: RequestInit): Promise<Response>;
};

const hopsMax = 10;

export function createBrowser(): Browser {
  const cookies: Browser['cookies'] = new Map();

  async function once(url: string, init: RequestInit, site: string): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('Cookie', [...cookies].map(([name, { value }]) => `${name}=${value}`).join('; '));
    if (!headers.has('Sec-Fetch-Site')) headers.set('Sec-Fetch-Site', site);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, { value, attributes });
    }
    return response;
  }

  return {
    cookies,
    async open(url, init = {}) {
      let response = await once(url, init, 'cross-site');
      let at = url;
      for (let hop = 0; hop < hopsMax; hop++) {
        const location = response.headers.get('location');
        if (location === null) return response;
        at = new URL(location, at).href;
        response = await once(at, {}, 'cross-site');
      }
      throw new Error(`${url} leads in circles`);
    },
    ask: (url, init = {}) => once(url, init, 'same-origin'),
  };
}

/** Signs somebody in from the hub's door to its last page; the provider's form is filled in as a person would. */
export async function signInWith(
  browser: Browser,
  hubUrl: string,
  username: string,
  password: string,
): Promise<Response> {
  const form = await browser.open(`${hubUrl}/console/login`);
  const [, action = ''] = /<form method="post" action="([^"]+)"/.exec(await form.text()) ?? [];
  const body = new URLSearchParams({ username, password });
  return browser.open(new URL(action, form.url).href, { method: 'POST', body });
}
