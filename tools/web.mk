# The dashboard's page: web/src -> web/dist, which the gateway serves.

WEB_SRCS := $(shell find web/src web/public -type f 2>/dev/null) \
            $(addprefix web/,index.html package.json package-lock.json \
            .npmrc tsconfig.json vite.config.ts)

.PHONY: web
web: web/dist/index.html ## Builds the dashboard's page into web/dist

web/dist/index.html: $(WEB_SRCS)
	$(Q)cd web && ../tools/npm-ci.sh && npm run --silent build
	$(Q)touch $@

.PHONY: web-types
web-types: $(B)/nightbell ## Types of the API's description, for the page
	$(Q)cd web && ../tools/npm-ci.sh
	$(Q)$(B)/nightbell openapi >$(B)/openapi.json
	$(Q)node web/types.mjs <$(B)/openapi.json >web/src/openapi.ts
