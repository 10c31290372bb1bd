/** The parts of bpmn.io's packages that are used here; they ship no types for their entries. */
declare module 'bpmn-moddle' {
  export type ModdleElement = {
    readonly $type: string;
    readonly $attrs: Readonly<Record<string, string>>;
    id?: string;
    name?: string;
    readonly [property: string]: unknown;
  };
  export class BpmnModdle {
    constructor(packages?: Record<string, unknown>);
    fromXML(
      xml: string,
    ): Promise<{ readonly rootElement: ModdleElement; readonly warnings: readonly { readonly message: string }[] }>;
    toXML(root: ModdleElement, options?: { readonly format?: boolean }): Promise<{ readonly xml: string }>;
  }
}

declare module '@bpmn-io/element-templates-validator' {
  export function validateZeebe(template: unknown): {
    readonly valid: boolean;
    readonly errors?: readonly { readonly message: string }[] | null;
    readonly warnings?: readonly { readonly message: string }[] | null;
  };
}
