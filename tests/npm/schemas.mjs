// The JSON Schemas of docs/schemas, ready to hold an event against.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

export const schemaFolder = fileURLToPath(new URL('../../docs/schemas/', import.meta.url));

// Throws when a schema itself is wrong; `strict` also refuses keywords that say nothing.
export class Schemas {
  constructor(folder = schemaFolder) {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
    addFormats(ajv);
    this.validators = new Map();
    const schemas = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => [name.slice(0, -'.json'.length), JSON.parse(readFileSync(join(folder, name), 'utf8'))]);
    for (const [, schema] of schemas) ajv.addSchema(schema);
    for (const [name, schema] of schemas)
      if (name !== 'definitions') this.validators.set(name, ajv.getSchema(schema.$id));
  }

  get types() {
    return [...this.validators.keys()];
  }

  // What is wrong with an event, one line each; empty when nothing is.
  mistakes(event) {
    const validate = this.validators.get(event?.type);
    if (!validate) return [`/type: expected one of ${this.types.join(', ')}, got ${JSON.stringify(event?.type)}`];
    if (validate(event)) return [];
    return validate.errors.map((error) => `${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
  }
}
