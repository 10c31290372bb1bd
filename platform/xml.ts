/** XML read record by record, with the memory of one: no document types, no entities but XML's own five. The only place that imports sax. */
import sax from 'sax';

export type XmlNode = {
  readonly name: string;
  /** Of its opening tag, from 1. */
  readonly line: number;
  /** Where that tag stands, in characters. */
  readonly at: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** Without the space around it. */
  readonly text: string;
  readonly children: readonly XmlNode[];
};

/** `ancestors`: outermost first, with what was read of them so far, other records left out; they go on growing while a piece is read. */
export type XmlRecord = { readonly node: XmlNode; readonly ancestors: readonly XmlNode[] };

type Growing = {
  name: string;
  line: number;
  at: number;
  attributes: Record<string, string>;
  text: string;
  children: Growing[];
};

const depthMax = 32;
const childrenMax = 1_000;
const textMaxChars = 10_000;
/** What XML 1.0 has no letters for, not even by a reference. */
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Yields each element named in `records` when it closes; `root` is told the name and namespace of the outermost element
 * and may throw. Elements of other namespaces are left out. UTF-8 only. Throws SyntaxError on what is no well-formed XML,
 * has a document type, or is larger than any honest record.
 */
export async function* readXmlRecords(
  source: AsyncIterable<Uint8Array | string>,
  records: ReadonlySet<string>,
  root: (name: string, namespace: string) => void,
): AsyncGenerator<XmlRecord> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parser = sax.parser(true, { xmlns: true });
  const open: Growing[] = [];
  let closed: XmlRecord[] = [];
  let namespace = '';
  let foreignDepth = 0;
  let roots = 0;
  let failure: unknown;
  const fail = (text: string) => {
    failure ??= new SyntaxError(text);
  };

  parser.onerror = (error) => fail(`it is no XML: line ${parser.line + 1}: ${error.message.split('\n')[0]}`);
  parser.ondoctype = () => fail('it has a document type');
  parser.onopentag = (tag) => {
    const { local, uri, attributes } = tag as sax.QualifiedTag;
    if (open.length === 0 && foreignDepth === 0) {
      if (roots++ > 0) fail('it has a second outermost element');
      namespace = uri;
      try {
        root(local, uri);
      } catch (error) {
        failure ??= error;
      }
    }
    if (foreignDepth > 0 || uri !== namespace) {
      foreignDepth += 1;
      return;
    }
    const node: Growing = {
      name: local,
      line: parser.line + 1,
      at: parser.startTagPosition,
      attributes: {},
      text: '',
      children: [],
    };
    for (const { local: name, value } of Object.values(attributes)) {
      if (unwritable.test(value)) fail('it has a character that XML has no letter for');
      node.attributes[name] = value;
    }
    const parent = open.at(-1);
    parent?.children.push(node);
    open.push(node);
    if (open.length > depthMax) fail('its elements are nested too deeply');
    if ((parent?.children.length ?? 0) > childrenMax) fail(`an element has more than ${childrenMax} others in it`);
  };
  parser.ontext = parser.oncdata = (text) => {
    const node = open.at(-1);
    if (!node || foreignDepth > 0) return;
    if (unwritable.test(text)) fail('it has a character that XML has no letter for');
    // The space between the thousands of elements of a large one is no text.
    node.text += node.text === '' ? text.trimStart() : text;
    if (node.text.length > textMaxChars) fail(`a text has more than ${textMaxChars} characters`);
  };
  parser.onclosetag = () => {
    if (foreignDepth > 0) {
      foreignDepth -= 1;
      return;
    }
    const node = open.pop();
    if (!node) return;
    node.text = node.text.trim();
    if (!records.has(node.name)) return;
    open.at(-1)?.children.pop();
    closed.push({ node, ancestors: [...open] });
  };

  for await (const piece of source) {
    parser.write(typeof piece === 'string' ? piece : decoded(decoder, piece));
    if (failure) throw failure;
    const ready = closed;
    closed = [];
    yield* ready;
  }
  parser.write(decoded(decoder)).close();
  if (roots === 0) fail('there is nothing in it');
  if (failure) throw failure;
  yield* closed;
}

function decoded(decoder: InstanceType<typeof TextDecoder>, piece?: Uint8Array): string {
  try {
    return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
  } catch (error) {
    throw new SyntaxError('it is not UTF-8', { cause: error });
  }
}

/** The one child at the end of the path, or undefined where a step is missing or there twice. */
export function childOf(node: XmlNode | undefined, ...path: readonly string[]): XmlNode | undefined {
  return path.reduce<XmlNode | undefined>((at, name) => {
    const found = at?.children.filter((child) => child.name === name) ?? [];
    return found.length === 1 ? found[0] : undefined;
  }, node);
}

/** Text for an element or an attribute. */
export function xmlText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
