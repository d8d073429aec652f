// The API's description on standard input -> TypeScript on standard output:
// the shapes of what is asked and answered. `make web-types` keeps them in
// src/openapi.ts; a browser test compares that with what the gateway serves.
import { readFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const head = "// Made by `make web-types` from the API's description. Do not edit.\n\n";
// That more may come one day is no reason to take any member for granted.
const api = JSON.parse(readFileSync(0, "utf8"), (key, value) => (key === "additionalProperties" ? undefined : value));
const ast = await openapiTS({ ...api, paths: {} }, { alphabetize: true, emptyObjectsUnknown: true });
process.stdout.write(head + astToString(ast));
