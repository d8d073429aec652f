// Made by `make web-types` from the API's description. Do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Any: Record<string, unknown>;
        ApiToken: {
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            name: string;
            role: string;
            /** Format: uuid */
            user: string;
        };
        Appointment: {
            /** Format: uuid */
            call: string | null;
            /** Format: date-time */
            created_at: string;
            end: string;
            /** Format: date-time */
            ends_at: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            lead: string | null;
            name: string | null;
            notes: string | null;
            phone: string | null;
            /** Format: uuid */
            service: string;
            service_name: string;
            start: string;
            /** Format: date-time */
            starts_at: string;
            status: string;
            technician: string;
        };
        AuditLine: {
            action: string;
            actor: string;
            /** Format: date-time */
            at: string;
            detail: Record<string, unknown>;
            /** Format: uuid */
            id: string;
        };
        Block: {
            number: string;
            reason?: string | null;
        };
        Blocked: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            number: string;
            reason: string | null;
        };
        BrowserCall: {
            /** Format: uuid */
            business: string;
            /** Format: uuid */
            call: string;
            expires_s: number;
            number: string;
            path: string;
            token: string;
        };
        Business: {
            /** Format: uuid */
            id: string;
            name: string;
            role: string;
            timezone: string;
        };
        Call: {
            /** Format: date-time */
            answered_at: string | null;
            caller: string | null;
            /** Format: uuid */
            conversation: string | null;
            duration_ms: number | null;
            /** Format: date-time */
            ended_at: string | null;
            ended_by: string | null;
            /** Format: uuid */
            id: string;
            insights: components["schemas"]["Insights"] | null;
            lang: string | null;
            /** Format: uuid */
            lead: string | null;
            mark: string | null;
            name: string | null;
            number: string;
            outcome: string | null;
            private: boolean;
            /** Format: date-time */
            started_at: string;
            status: string;
            streams: number;
            summary: string | null;
            test: boolean;
        };
        CallDetail: {
            appointments: components["schemas"]["Appointment"][];
            call: components["schemas"]["Call"];
            messages: components["schemas"]["Message"][];
            recordings: components["schemas"]["Recording"][];
            segments: components["schemas"]["Segment"][];
            tasks: components["schemas"]["Task"][];
        };
        Insights: {
            address: string | null;
            details: Record<string, unknown>;
            done: string | null;
            next_action: string | null;
            open: string | null;
            /** Format: uuid */
            task: string | null;
            urgency: string | null;
            what: string | null;
            when: string | null;
            who: string | null;
        };
        Lead: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            lang: string | null;
            name: string | null;
            phone: string | null;
        };
        LeadDetail: {
            appointments: components["schemas"]["Appointment"][];
            blocked: boolean;
            calls: components["schemas"]["Call"][];
            lead: components["schemas"]["Lead"];
            messages: components["schemas"]["Message"][];
            opted_out: boolean;
            tasks: components["schemas"]["Task"][];
        };
        LinkRequest: {
            email: string;
        };
        Message: {
            /** Format: date-time */
            at: string;
            body: string;
            /** Format: uuid */
            call: string | null;
            /** Format: uuid */
            conversation: string;
            direction: string;
            error: string | null;
            from: string;
            /** Format: uuid */
            id: string;
            /** Format: uuid */
            lead: string;
            name: string | null;
            status: string;
            to: string;
        };
        Number: {
            held: number;
            mode: string;
            number: string;
            owner_number: string | null;
            problem: string | null;
            /** Format: date-time */
            problem_at: string | null;
            problem_code: string | null;
            /** Format: uuid */
            task: string | null;
        };
        Ok: {
            ok: boolean;
        };
        OutboxRow: {
            attempt: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            done_at: string | null;
            /** Format: date-time */
            due_at: string;
            error: string | null;
            /** Format: uuid */
            id: string;
            kind: string;
            state: string;
            text: string | null;
            to: string | null;
        };
        Person: {
            /** Format: date-time */
            created_at: string;
            email: string;
            /** Format: uuid */
            id: string;
            name: string | null;
            role: string;
        };
        Problem: {
            detail: string | null;
            status: number;
            title: string;
            type: string;
        };
        Recording: {
            bytes: number | null;
            /** Format: uuid */
            call: string;
            channels: number;
            duration_ms: number | null;
            from_ms: number;
            /** Format: uuid */
            id: string;
            /** Format: date-time */
            started_at: string;
            state: string;
            stream: number;
        };
        Segment: {
            /** Format: uuid */
            call: string;
            end_ms: number;
            final: boolean;
            heard: string | null;
            leg: string;
            reply_ms: number | null;
            rev: number;
            seq: number;
            start_ms: number;
            stream: number;
            text: string | null;
            unsure: boolean;
        };
        Session: {
            /** Format: uuid */
            business: string | null;
            business_name: string | null;
            businesses: components["schemas"]["Business"][];
            email: string;
            role: string | null;
            /** Format: uuid */
            session: string;
            timezone: string | null;
            /** Format: uuid */
            user: string;
        };
        SignedIn: {
            access: string;
            /** Format: uuid */
            business: string | null;
            business_name: string | null;
            businesses: components["schemas"]["Business"][];
            email: string;
            expires_s: number;
            role: string | null;
            /** Format: uuid */
            session: string;
            timezone: string | null;
            /** Format: uuid */
            user: string;
        };
        SignIn: {
            token: string;
        };
        Task: {
            /** Format: uuid */
            call: string | null;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            done_at: string | null;
            /** Format: uuid */
            id: string;
            kind: string;
            /** Format: uuid */
            lead: string | null;
            name: string | null;
            phone: string | null;
            status: string;
            text: string;
        };
        TaskChange: {
            /** @enum {string} */
            status: "open" | "done";
        };
        TokenMade: {
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            name: string;
            role: string;
            token: string;
            /** Format: uuid */
            user: string;
        };
        TokenRequest: {
            days?: number | null;
            name: string;
            /** @enum {string} */
            role: "viewer" | "staff" | "owner";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
