export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[]

export type Database = {
  __InternalSupabase: {
    PostgrestVersion: "14"
  }
  main: {
    Tables: {
      " ": {
        Row: {
          " ": string | null
        }
        Insert: {
          " "?: string | null
        }
        Update: {
          " "?: string | null
        }
        Relationships: []
      }
      "1": {
        Row: {
          id: number
        }
        Insert: {
          id?: number
        }
        Update: {
          id?: number
        }
        Relationships: []
      }
      "Mixed Case": {
        Row: {
          Id: number
          "A b": string | null
          " leading": string | null
          "trailing ": string | null
          "dot.ted": string | null
          "com,ma": string | null
          "colon:ed": string | null
          "par(en)s": string | null
          "quote\"d": string | null
          "it's": string | null
          "back\\slash": string | null
          "per%cent %s %(x)s": string | null
          "que?ry&=#+;": string | null
          "sla/sh": string | null
          "-> 'arrow'": string | null
          "!bang": string | null
          $1: string | null
          "{brace}": string | null
          "brack\"et": string | null
          "back`tick": string | null
          "1st": number | null
          "naïve 名前 🧪": string | null
          "unquoted_ünïcode": string | null
          check: string | null
          unique: string | null
          "Größe und Maß: der Name hat exakt dreiundsechzig Bytes (63)!": string | null
        }
        Insert: {
          Id?: number
          "A b"?: string | null
          " leading"?: string | null
          "trailing "?: string | null
          "dot.ted"?: string | null
          "com,ma"?: string | null
          "colon:ed"?: string | null
          "par(en)s"?: string | null
          "quote\"d"?: string | null
          "it's"?: string | null
          "back\\slash"?: string | null
          "per%cent %s %(x)s"?: string | null
          "que?ry&=#+;"?: string | null
          "sla/sh"?: string | null
          "-> 'arrow'"?: string | null
          "!bang"?: string | null
          $1?: string | null
          "{brace}"?: string | null
          "brack\"et"?: string | null
          "back`tick"?: string | null
          "1st"?: number | null
          "naïve 名前 🧪"?: string | null
          "unquoted_ünïcode"?: string | null
          check?: string | null
          unique?: string | null
          "Größe und Maß: der Name hat exakt dreiundsechzig Bytes (63)!"?: string | null
        }
        Update: {
          Id?: number
          "A b"?: string | null
          " leading"?: string | null
          "trailing "?: string | null
          "dot.ted"?: string | null
          "com,ma"?: string | null
          "colon:ed"?: string | null
          "par(en)s"?: string | null
          "quote\"d"?: string | null
          "it's"?: string | null
          "back\\slash"?: string | null
          "per%cent %s %(x)s"?: string | null
          "que?ry&=#+;"?: string | null
          "sla/sh"?: string | null
          "-> 'arrow'"?: string | null
          "!bang"?: string | null
          $1?: string | null
          "{brace}"?: string | null
          "brack\"et"?: string | null
          "back`tick"?: string | null
          "1st"?: number | null
          "naïve 名前 🧪"?: string | null
          "unquoted_ünïcode"?: string | null
          check?: string | null
          unique?: string | null
          "Größe und Maß: der Name hat exakt dreiundsechzig Bytes (63)!"?: string | null
        }
        Relationships: []
      }
      courses: {
        Row: {
          code: string
          title: string
        }
        Insert: {
          code: string
          title: string
        }
        Update: {
          code?: string
          title?: string
        }
        Relationships: []
      }
      dangling: {
        Row: {
          id: number
          a: number | null
          b: number | null
          c: number | null
        }
        Insert: {
          id?: number
          a?: number | null
          b?: number | null
          c?: number | null
        }
        Update: {
          id?: number
          a?: number | null
          b?: number | null
          c?: number | null
        }
        Relationships: []
      }
      descending_key: {
        Row: {
          id: number
        }
        Insert: {
          id: number
        }
        Update: {
          id?: number
        }
        Relationships: []
      }
      documents: {
        Row: {
          title: unknown
          body: unknown
        }
        Insert: {
          title?: unknown
          body?: unknown
        }
        Update: {
          title?: unknown
          body?: unknown
        }
        Relationships: []
      }
      enrolments: {
        Row: {
          person_id: number
          course_code: string
          grade: number | null
        }
        Insert: {
          person_id: number
          course_code: string
          grade?: number | null
        }
        Update: {
          person_id?: number
          course_code?: string
          grade?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "enrolments_course_code_fkey"
            columns: ["course_code"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["code"]
          },
          {
            foreignKeyName: "enrolments_person_id_fkey"
            columns: ["person_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "enrolments_person_id_fkey"
            columns: ["person_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "enrolments_person_id_fkey"
            columns: ["person_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "enrolments_person_id_fkey"
            columns: ["person_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
        ]
      }
      every_type: {
        Row: {
          id: number
          a_boolean: boolean | null
          a_bool: boolean
          a_smallint: number | null
          an_int: number | null
          a_bigint: number | null
          an_unsigned: number | null
          a_numeric: number | null
          a_price: number | null
          a_decimal: number | null
          a_real: number | null
          a_double: number | null
          a_float: number | null
          a_text: string | null
          a_varchar: string | null
          a_char: string | null
          a_nvarchar: string | null
          a_clob: string | null
          a_date: string | null
          a_time: string | null
          a_datetime: string | null
          a_timestamp: string | null
          a_timestamptz: string | null
          another_timestamptz: string | null
          an_interval: string | null
          a_uuid: string | null
          a_json: Json | null
          a_jsonb: Json | null
          a_blob: string | null
          an_any: unknown
          undeclared: unknown
          "a made-up type": unknown
          a_mood: "sad" | "ok" | "it's" | "" | null
          a_state: "new" | "paid, late" | null
          a_number: string | null
          a_default_time: string | null
          an_expression_default: number | null
          a_nocase: string | null
        }
        Insert: {
          id?: number
          a_boolean?: boolean | null
          a_bool?: boolean
          a_smallint?: number | null
          an_int?: number | null
          a_bigint?: number | null
          an_unsigned?: number | null
          a_numeric?: number | null
          a_price?: number | null
          a_decimal?: number | null
          a_real?: number | null
          a_double?: number | null
          a_float?: number | null
          a_text?: string | null
          a_varchar?: string | null
          a_char?: string | null
          a_nvarchar?: string | null
          a_clob?: string | null
          a_date?: string | null
          a_time?: string | null
          a_datetime?: string | null
          a_timestamp?: string | null
          a_timestamptz?: string | null
          another_timestamptz?: string | null
          an_interval?: string | null
          a_uuid?: string | null
          a_json?: Json | null
          a_jsonb?: Json | null
          a_blob?: string | null
          an_any?: unknown
          undeclared?: unknown
          "a made-up type"?: unknown
          a_mood?: "sad" | "ok" | "it's" | "" | null
          a_state?: "new" | "paid, late" | null
          a_number?: string | null
          a_default_time?: string | null
          an_expression_default?: number | null
          a_nocase?: string | null
        }
        Update: {
          id?: number
          a_boolean?: boolean | null
          a_bool?: boolean
          a_smallint?: number | null
          an_int?: number | null
          a_bigint?: number | null
          an_unsigned?: number | null
          a_numeric?: number | null
          a_price?: number | null
          a_decimal?: number | null
          a_real?: number | null
          a_double?: number | null
          a_float?: number | null
          a_text?: string | null
          a_varchar?: string | null
          a_char?: string | null
          a_nvarchar?: string | null
          a_clob?: string | null
          a_date?: string | null
          a_time?: string | null
          a_datetime?: string | null
          a_timestamp?: string | null
          a_timestamptz?: string | null
          another_timestamptz?: string | null
          an_interval?: string | null
          a_uuid?: string | null
          a_json?: Json | null
          a_jsonb?: Json | null
          a_blob?: string | null
          an_any?: unknown
          undeclared?: unknown
          "a made-up type"?: unknown
          a_mood?: "sad" | "ok" | "it's" | "" | null
          a_state?: "new" | "paid, late" | null
          a_number?: string | null
          a_default_time?: string | null
          an_expression_default?: number | null
          a_nocase?: string | null
        }
        Relationships: []
      }
      health: {
        Row: {
          id: number
          docs: string | null
        }
        Insert: {
          id?: number
          docs?: string | null
        }
        Update: {
          id?: number
          docs?: string | null
        }
        Relationships: []
      }
      keyless: {
        Row: {
          a: number | null
          b: string | null
        }
        Insert: {
          a?: number | null
          b?: string | null
        }
        Update: {
          a?: number | null
          b?: string | null
        }
        Relationships: []
      }
      matches: {
        Row: {
          id: number
          home_id: number
          away_id: number
          referee_id: number | null
        }
        Insert: {
          id?: number
          home_id: number
          away_id: number
          referee_id?: number | null
        }
        Update: {
          id?: number
          home_id?: number
          away_id?: number
          referee_id?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "matches_away_id_fkey"
            columns: ["away_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "matches_away_id_fkey"
            columns: ["away_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "matches_away_id_fkey"
            columns: ["away_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "matches_away_id_fkey"
            columns: ["away_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "matches_home_id_fkey"
            columns: ["home_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "matches_home_id_fkey"
            columns: ["home_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "matches_home_id_fkey"
            columns: ["home_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "matches_home_id_fkey"
            columns: ["home_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "matches_referee_id_fkey"
            columns: ["referee_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "matches_referee_id_fkey"
            columns: ["referee_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "matches_referee_id_fkey"
            columns: ["referee_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "matches_referee_id_fkey"
            columns: ["referee_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
        ]
      }
      order: {
        Row: {
          select: number
          order: string | null
          limit: number | null
          offset: number | null
          and: string | null
          or: string | null
          not: boolean | null
          columns: Json | null
          on_conflict: string | null
          is: string | null
          in: number | null
          "*": string | null
          count: number | null
          null: string | null
        }
        Insert: {
          select?: number
          order?: string | null
          limit?: number | null
          offset?: number | null
          and?: string | null
          or?: string | null
          not?: boolean | null
          columns?: Json | null
          on_conflict?: string | null
          is?: string | null
          in?: number | null
          "*"?: string | null
          count?: number | null
          null?: string | null
        }
        Update: {
          select?: number
          order?: string | null
          limit?: number | null
          offset?: number | null
          and?: string | null
          or?: string | null
          not?: boolean | null
          columns?: Json | null
          on_conflict?: string | null
          is?: string | null
          in?: number | null
          "*"?: string | null
          count?: number | null
          null?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "order_in_fkey"
            columns: ["in"]
            isOneToOne: false
            referencedRelation: "order"
            referencedColumns: ["select"]
          },
        ]
      }
      order_lines: {
        Row: {
          order_id: number
          line: number
          quantity: number
          price: number
          total: number | null
          half: unknown
        }
        Insert: {
          order_id: number
          line: number
          quantity?: number
          price: number
          total?: never
          half?: never
        }
        Update: {
          order_id?: number
          line?: number
          quantity?: number
          price?: number
          total?: never
          half?: never
        }
        Relationships: [
          {
            foreignKeyName: "order_lines_order_id_fkey"
            columns: ["order_id"]
            isOneToOne: false
            referencedRelation: "order"
            referencedColumns: ["select"]
          },
        ]
      }
      parcels: {
        Row: {
          id: number
          a: number | null
          b: number | null
        }
        Insert: {
          id?: number
          a?: number | null
          b?: number | null
        }
        Update: {
          id?: number
          a?: number | null
          b?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "parcels_a_b_fkey"
            columns: ["a", "b"]
            isOneToOne: false
            referencedRelation: "line_details"
            referencedColumns: ["order_id", "line"]
          },
          {
            foreignKeyName: "parcels_a_b_fkey"
            columns: ["a", "b"]
            isOneToOne: false
            referencedRelation: "order_lines"
            referencedColumns: ["order_id", "line"]
          },
        ]
      }
      passports: {
        Row: {
          number: string
          person_id: number
        }
        Insert: {
          number: string
          person_id: number
        }
        Update: {
          number?: string
          person_id?: number
        }
        Relationships: [
          {
            foreignKeyName: "passports_person_id_fkey"
            columns: ["person_id"]
            isOneToOne: true
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "passports_person_id_fkey"
            columns: ["person_id"]
            isOneToOne: true
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "passports_person_id_fkey"
            columns: ["person_id"]
            isOneToOne: true
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "passports_person_id_fkey"
            columns: ["person_id"]
            isOneToOne: true
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
        ]
      }
      people: {
        Row: {
          id: number
          name: string
          manager_id: number | null
          mentor_id: number | null
          born: string | null
        }
        Insert: {
          id?: number
          name: string
          manager_id?: number | null
          mentor_id?: number | null
          born?: string | null
        }
        Update: {
          id?: number
          name?: string
          manager_id?: number | null
          mentor_id?: number | null
          born?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "mentored by"
            columns: ["mentor_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "mentored by"
            columns: ["mentor_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "mentored by"
            columns: ["mentor_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "mentored by"
            columns: ["mentor_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["manager_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["manager_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["manager_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["manager_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
        ]
      }
      rpc: {
        Row: {
          id: number
        }
        Insert: {
          id?: number
        }
        Update: {
          id?: number
        }
        Relationships: []
      }
      shipments: {
        Row: {
          id: string
          parcel_line: number | null
          parcel_order: number | null
        }
        Insert: {
          id: string
          parcel_line?: number | null
          parcel_order?: number | null
        }
        Update: {
          id?: string
          parcel_line?: number | null
          parcel_order?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "for a line"
            columns: ["parcel_order", "parcel_line"]
            isOneToOne: false
            referencedRelation: "line_details"
            referencedColumns: ["order_id", "line"]
          },
          {
            foreignKeyName: "for a line"
            columns: ["parcel_order", "parcel_line"]
            isOneToOne: false
            referencedRelation: "order_lines"
            referencedColumns: ["order_id", "line"]
          },
        ]
      }
      strict_table: {
        Row: {
          id: number
          anything: unknown
          word: string
        }
        Insert: {
          id?: number
          anything?: unknown
          word: string
        }
        Update: {
          id?: number
          anything?: unknown
          word?: string
        }
        Relationships: []
      }
      text_key: {
        Row: {
          code: string
          a: number | null
        }
        Insert: {
          code: string
          a?: number | null
        }
        Update: {
          code?: string
          a?: number | null
        }
        Relationships: []
      }
      uniques: {
        Row: {
          a: number | null
          b: string | null
          c: string | null
          d: string | null
        }
        Insert: {
          a?: number | null
          b?: string | null
          c?: string | null
          d?: string | null
        }
        Update: {
          a?: number | null
          b?: string | null
          c?: string | null
          d?: string | null
        }
        Relationships: []
      }
      "we\"ird.na'me %s, (50%) \\ /?&#:;🧪": {
        Row: {
          "key.one": number
          "key,two": string
          value: string | null
        }
        Insert: {
          "key.one": number
          "key,two": string
          value?: string | null
        }
        Update: {
          "key.one"?: number
          "key,two"?: string
          value?: string | null
        }
        Relationships: []
      }
      without_rowid: {
        Row: {
          id: number
          b: string | null
        }
        Insert: {
          id: number
          b?: string | null
        }
        Update: {
          id?: number
          b?: string | null
        }
        Relationships: []
      }
      "таблица с именем длиной ровно 63 ба.": {
        Row: {
          "колонка": string | null
          id: number
        }
        Insert: {
          "колонка"?: string | null
          id: number
        }
        Update: {
          "колонка"?: string | null
          id?: number
        }
        Relationships: []
      }
    }
    Views: {
      adults: {
        Row: {
          id: number | null
          name: string | null
          boss_id: number | null
          born: string | null
        }
        Insert: {
          id?: number | null
          name?: string | null
          boss_id?: number | null
          born?: string | null
        }
        Update: {
          id?: number | null
          name?: string | null
          boss_id?: number | null
          born?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["boss_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["boss_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["boss_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["boss_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
        ]
      }
      chain_of_command: {
        Row: {
          id: number | null
          depth: unknown
        }
        Relationships: []
      }
      constants: {
        Row: {
          one: unknown
          nothing: unknown
          word: unknown
          bytes: unknown
        }
        Relationships: []
      }
      enrolment_counts: {
        Row: {
          course_code: string | null
          people: unknown
          "avg(grade)": unknown
        }
        Relationships: [
          {
            foreignKeyName: "enrolments_course_code_fkey"
            columns: ["course_code"]
            isOneToOne: false
            referencedRelation: "courses"
            referencedColumns: ["code"]
          },
        ]
      }
      everybody: {
        Row: {
          id: number | null
          name: string | null
          manager_id: number | null
          mentor_id: number | null
          born: string | null
        }
        Relationships: [
          {
            foreignKeyName: "mentored by"
            columns: ["mentor_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "mentored by"
            columns: ["mentor_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "mentored by"
            columns: ["mentor_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "mentored by"
            columns: ["mentor_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["manager_id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["manager_id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["manager_id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["manager_id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
        ]
      }
      line_details: {
        Row: {
          order_id: number | null
          line: number | null
          total: number | null
          direction: string | null
          and: string | null
        }
        Relationships: [
          {
            foreignKeyName: "order_lines_order_id_fkey"
            columns: ["order_id"]
            isOneToOne: false
            referencedRelation: "order"
            referencedColumns: ["select"]
          },
        ]
      }
      named_adults: {
        Row: {
          adult_id: number | null
          "boss id": number | null
          shout: unknown
        }
        Relationships: [
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["boss id"]
            isOneToOne: false
            referencedRelation: "adults"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["boss id"]
            isOneToOne: false
            referencedRelation: "everybody"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["boss id"]
            isOneToOne: false
            referencedRelation: "named_adults"
            referencedColumns: ["adult_id"]
          },
          {
            foreignKeyName: "people_manager_id_fkey"
            columns: ["boss id"]
            isOneToOne: false
            referencedRelation: "people"
            referencedColumns: ["id"]
          },
        ]
      }
      nested: {
        Row: {
          id: number | null
        }
        Relationships: []
      }
      "odd \"view\" FROM %": {
        Row: {
          "k, FROM \"x\"": number | null
          "key,two": string | null
        }
        Relationships: []
      }
      people_and_courses: {
        Row: {
          text: string | null
          key: number | null
        }
        Relationships: []
      }
      states: {
        Row: {
          id: number | null
          a_state: "new" | "paid, late" | null
        }
        Relationships: []
      }
    }
    Functions: {
      [_ in never]: never
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type Schemas = Omit<Database, "__InternalSupabase">
type DefaultSchema = Schemas[Extract<keyof Schemas, "main">]
type Named = { schema: keyof Schemas }

// A name in the default schema, or { schema: "other" } and then the name in that.
type Chosen<Given> = Given extends { schema: infer Schema extends keyof Schemas }
  ? Schemas[Schema]
  : DefaultSchema
type ChosenName<Given, Name> = Given extends Named ? Name : Given
type Relations<Schema> = Schema extends { Tables: infer T; Views: infer V } ? T & V : never
type Section<Schema, Key extends string> = Schema extends { [key in Key]: infer S } ? S : never
type Part<Relation, Key extends string> = Relation extends { [key in Key]: infer P } ? P : never
type At<Record, Name> = Name extends keyof Record ? Record[Name] : never

/** A row as it is read: `Tables<"orders">`, `Tables<{ schema: "archive" }, "orders">`. */
export type Tables<
  Given extends keyof Relations<DefaultSchema> | Named,
  Name extends Given extends Named ? keyof Relations<Chosen<Given>> : never = never,
> = Part<At<Relations<Chosen<Given>>, ChosenName<Given, Name>>, "Row">

/** A row to add. */
export type TablesInsert<
  Given extends keyof DefaultSchema["Tables"] | Named,
  Name extends Given extends Named ? keyof Section<Chosen<Given>, "Tables"> : never = never,
> = Part<At<Section<Chosen<Given>, "Tables">, ChosenName<Given, Name>>, "Insert">

/** Columns to change. */
export type TablesUpdate<
  Given extends keyof DefaultSchema["Tables"] | Named,
  Name extends Given extends Named ? keyof Section<Chosen<Given>, "Tables"> : never = never,
> = Part<At<Section<Chosen<Given>, "Tables">, ChosenName<Given, Name>>, "Update">

/** One label of an enum. */
export type Enums<
  Given extends keyof DefaultSchema["Enums"] | Named,
  Name extends Given extends Named ? keyof Section<Chosen<Given>, "Enums"> : never = never,
> = At<Section<Chosen<Given>, "Enums">, ChosenName<Given, Name>>

/** A value of a composite type. */
export type CompositeTypes<
  Given extends keyof DefaultSchema["CompositeTypes"] | Named,
  Name extends Given extends Named ? keyof Section<Chosen<Given>, "CompositeTypes"> : never = never,
> = At<Section<Chosen<Given>, "CompositeTypes">, ChosenName<Given, Name>>

export const Constants = {
  main: {
    Enums: {
    },
  },
} as const
