WITH now AS (
  SELECT
    who
  FROM risk
  WHERE
    t = CAST('2020-06-01 00:00:00' AS TIMESTAMP)
), part_0 AS (
  SELECT
    who,
    COUNT(*) FILTER(WHERE
      happened_at >= from_7) AS purchases_count_7d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_14) AS purchases_count_14d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS purchases_count_30d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_60) AS purchases_count_60d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_7 AND latest_69f91065) AS purchases_days_7d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_14 AND latest_69f91065) AS purchases_days_14d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30 AND latest_69f91065) AS purchases_days_30d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_60 AND latest_69f91065) AS purchases_days_60d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '7' DAY AS from_7,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '14' DAY AS from_14,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '60' DAY AS from_60,
      NOT CAST(happened_at AS DATE) IS NULL
      AND overtaken_latest_69f91065 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_69f91065
    FROM (
      SELECT
        fact.*
      FROM ready_0 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.happened_at >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '60' DAY
    )
  )
  GROUP BY
    who
), part_1 AS (
  SELECT
    who,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS purchases_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS purchases_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_365) AS purchases_count_365d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90 AND latest_69f91065) AS purchases_days_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180 AND latest_69f91065) AS purchases_days_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_365 AND latest_69f91065) AS purchases_days_365d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_365 AND latest_a759f0b8) AS purchases_channels_365d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY AS from_365,
      NOT CAST(happened_at AS DATE) IS NULL
      AND overtaken_latest_69f91065 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_69f91065,
      NOT channel IS NULL
      AND overtaken_latest_a759f0b8 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_a759f0b8
    FROM (
      SELECT
        fact.*
      FROM ready_0 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.happened_at >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY
    )
  )
  GROUP BY
    who
), part_2 AS (
  SELECT
    who,
    COUNT(*) AS purchases_count_all,
    COUNT(*) FILTER(WHERE
      latest_69f91065) AS purchases_days_all,
    MIN(age_days) AS purchases_recency_days,
    MAX(age_days) AS purchases_tenure_days,
    CAST(SUM(CAST(gap_days AS DECIMAL(38, 12))) AS DOUBLE) / NULLIF(COUNT(gap_days), 0) AS purchases_gap_days_mean_all,
    CASE
      WHEN COUNT(gap_days) > 1
      THEN SQRT(
        GREATEST(
          CAST(SUM(CAST(gap_days AS DECIMAL(19, 4)) * CAST(gap_days AS DECIMAL(19, 4))) AS DOUBLE) - CAST(SUM(CAST(gap_days AS DECIMAL(19, 4))) AS DOUBLE) * CAST(SUM(CAST(gap_days AS DECIMAL(19, 4))) AS DOUBLE) / COUNT(gap_days),
          0
        ) / (
          COUNT(gap_days) - 1
        )
      )
    END AS purchases_gap_days_std_all,
    MEDIAN(gap_days) AS purchases_gap_days_median_all,
    MAX(gap_days) AS purchases_gap_days_max_all,
    MIN(gap_days) AS purchases_gap_days_min_all,
    MAX(gap_days) FILTER(WHERE
      latest_c3af6600) AS purchases_gap_days_last,
    SUM(CAST(CAST(1 AS DOUBLE) * EXP(-age_days / 30) AS DECIMAL(38, 12))) AS purchases_count_decayed_30d,
    SUM(CAST(CAST(1 AS DOUBLE) * EXP(-age_days / 90) AS DECIMAL(38, 12))) AS purchases_count_decayed_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= year_ago AND happened_at < year_ago_end) AS purchases_count_year_ago_90d,
    ARRAY_AGG(gap_days) FILTER(WHERE
      NOT gap_days IS NULL) AS purchases_gaps,
    CAST(SUM(
      CASE
        WHEN DATE_DIFF('DAY', CAST('1899-12-31' AS DATE), CAST(happened_at AS DATE)) % 7 IN (0, 6)
        THEN 1
        ELSE 0
      END
    ) AS DOUBLE) / COUNT(*) AS purchases_weekend_share,
    CAST(SUM(HOUR(happened_at)) AS DOUBLE) / COUNT(*) AS purchases_hour_mean,
    COUNT(*) FILTER(WHERE
      latest_a759f0b8) AS purchases_channels_all,
    MAX(channel) FILTER(WHERE
      latest_ba1837d3) AS purchases_channel_last,
    CAST(MAX(nth_channel) AS DOUBLE) / NULLIF(COUNT(channel), 0) AS purchases_top_channel_share,
    ARG_MIN(channel, {'a': happened_at, 'b': channel}) FILTER(WHERE
      NOT channel IS NULL) AS purchases_channel_first
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY AS year_ago,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY + INTERVAL '90' DAY AS year_ago_end,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days,
      NOT CAST(happened_at AS DATE) IS NULL
      AND overtaken_latest_69f91065 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_69f91065,
      NOT 1 IS NULL
      AND overtaken_latest_c3af6600 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_c3af6600,
      NOT channel IS NULL
      AND overtaken_latest_a759f0b8 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_a759f0b8,
      NOT channel IS NULL
      AND overtaken_latest_ba1837d3 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_ba1837d3
    FROM (
      SELECT
        *,
        gap_before AS gap_days
      FROM (
        SELECT
          fact.*
        FROM ready_0 AS fact
        JOIN now
          USING (who)
        WHERE
          fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
          AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
      )
      WHERE
        NOT shuffled
      UNION ALL
      SELECT
        *,
        DATE_DIFF('SECOND', LAG(happened_at) OVER (PARTITION BY who ORDER BY place), happened_at) / CAST(86400 AS DOUBLE) AS gap_days
      FROM (
        SELECT
          fact.*
        FROM ready_0 AS fact
        JOIN now
          USING (who)
        WHERE
          fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
          AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
      )
      WHERE
        shuffled
    )
  )
  GROUP BY
    who
), part_3 AS (
  SELECT
    who,
    SUM(CASE WHEN happened_at >= from_7 THEN amount END) AS purchases_amount_sum_7d,
    SUM(CASE WHEN happened_at >= from_14 THEN amount END) AS purchases_amount_sum_14d,
    SUM(CASE WHEN happened_at >= from_30 THEN amount END) AS purchases_amount_sum_30d,
    SUM(CASE WHEN happened_at >= from_60 THEN amount END) AS purchases_amount_sum_60d,
    CAST(SUM(CASE WHEN happened_at >= from_7 THEN amount END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_7 THEN amount END), 0) AS purchases_amount_mean_7d,
    CAST(SUM(CASE WHEN happened_at >= from_14 THEN amount END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_14 THEN amount END), 0) AS purchases_amount_mean_14d,
    CAST(SUM(CASE WHEN happened_at >= from_30 THEN amount END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_30 THEN amount END), 0) AS purchases_amount_mean_30d,
    CAST(SUM(CASE WHEN happened_at >= from_60 THEN amount END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_60 THEN amount END), 0) AS purchases_amount_mean_60d,
    MAX(CASE WHEN happened_at >= from_7 THEN amount END) AS purchases_amount_max_7d,
    MAX(CASE WHEN happened_at >= from_14 THEN amount END) AS purchases_amount_max_14d,
    MAX(CASE WHEN happened_at >= from_30 THEN amount END) AS purchases_amount_max_30d,
    MAX(CASE WHEN happened_at >= from_60 THEN amount END) AS purchases_amount_max_60d,
    SUM(CASE WHEN happened_at >= from_7 THEN products END) AS baskets_products_sum_7d,
    SUM(CASE WHEN happened_at >= from_14 THEN products END) AS baskets_products_sum_14d,
    SUM(CASE WHEN happened_at >= from_30 THEN products END) AS baskets_products_sum_30d,
    SUM(CASE WHEN happened_at >= from_60 THEN products END) AS baskets_products_sum_60d,
    SUM(CASE WHEN happened_at >= from_7 THEN quantity END) AS baskets_quantity_sum_7d,
    SUM(CASE WHEN happened_at >= from_14 THEN quantity END) AS baskets_quantity_sum_14d,
    SUM(CASE WHEN happened_at >= from_30 THEN quantity END) AS baskets_quantity_sum_30d,
    SUM(CASE WHEN happened_at >= from_60 THEN quantity END) AS baskets_quantity_sum_60d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '7' DAY AS from_7,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '14' DAY AS from_14,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '60' DAY AS from_60
    FROM (
      SELECT
        fact.*
      FROM ready_1 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.happened_at >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '60' DAY
    )
  )
  GROUP BY
    who
), part_4 AS (
  SELECT
    who,
    SUM(CASE WHEN happened_at >= from_90 THEN amount END) AS purchases_amount_sum_90d,
    SUM(CASE WHEN happened_at >= from_180 THEN amount END) AS purchases_amount_sum_180d,
    SUM(CASE WHEN happened_at >= from_365 THEN amount END) AS purchases_amount_sum_365d,
    CAST(SUM(CASE WHEN happened_at >= from_90 THEN amount END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_90 THEN amount END), 0) AS purchases_amount_mean_90d,
    CAST(SUM(CASE WHEN happened_at >= from_180 THEN amount END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_180 THEN amount END), 0) AS purchases_amount_mean_180d,
    CAST(SUM(CASE WHEN happened_at >= from_365 THEN amount END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_365 THEN amount END), 0) AS purchases_amount_mean_365d,
    MAX(CASE WHEN happened_at >= from_90 THEN amount END) AS purchases_amount_max_90d,
    MAX(CASE WHEN happened_at >= from_180 THEN amount END) AS purchases_amount_max_180d,
    MAX(CASE WHEN happened_at >= from_365 THEN amount END) AS purchases_amount_max_365d,
    MIN(CASE WHEN happened_at >= from_365 THEN amount END) AS purchases_amount_min_365d,
    SUM(CASE WHEN happened_at >= from_90 THEN margin END) AS purchases_margin_sum_90d,
    SUM(CASE WHEN happened_at >= from_365 THEN margin END) AS purchases_margin_sum_365d,
    SUM(CASE WHEN happened_at >= from_365 THEN discount END) AS purchases_discount_sum_365d,
    SUM(CASE WHEN happened_at >= from_90 THEN products END) AS baskets_products_sum_90d,
    SUM(CASE WHEN happened_at >= from_180 THEN products END) AS baskets_products_sum_180d,
    SUM(CASE WHEN happened_at >= from_365 THEN products END) AS baskets_products_sum_365d,
    SUM(CASE WHEN happened_at >= from_90 THEN quantity END) AS baskets_quantity_sum_90d,
    SUM(CASE WHEN happened_at >= from_180 THEN quantity END) AS baskets_quantity_sum_180d,
    SUM(CASE WHEN happened_at >= from_365 THEN quantity END) AS baskets_quantity_sum_365d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY AS from_365
    FROM (
      SELECT
        fact.*
      FROM ready_1 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.happened_at >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY
    )
  )
  GROUP BY
    who
), part_5 AS (
  SELECT
    who,
    SUM(amount) AS purchases_amount_sum_all,
    CAST(SUM(amount) AS DOUBLE) / NULLIF(COUNT(amount), 0) AS purchases_amount_mean_all,
    CASE
      WHEN COUNT(amount) > 1
      THEN SQRT(
        GREATEST(
          CAST(SUM(CAST(amount AS DECIMAL(19, 4)) * CAST(amount AS DECIMAL(19, 4))) AS DOUBLE) - CAST(SUM(CAST(amount AS DECIMAL(19, 4))) AS DOUBLE) * CAST(SUM(CAST(amount AS DECIMAL(19, 4))) AS DOUBLE) / COUNT(amount),
          0
        ) / (
          COUNT(amount) - 1
        )
      )
    END AS purchases_amount_std_all,
    MAX(amount) FILTER(WHERE
      latest_4fdfcd91) AS purchases_amount_last,
    SUM(CAST(CAST(amount AS DOUBLE) * EXP(-age_days / 90) AS DECIMAL(38, 12))) AS purchases_amount_decayed_90d,
    CAST(SUM(products) AS DOUBLE) / NULLIF(COUNT(products), 0) AS baskets_products_mean_all,
    MAX(products) FILTER(WHERE
      latest_aa5b5aa7) AS baskets_products_last,
    ARG_MIN(amount, {'a': happened_at, 'b': amount}) FILTER(WHERE
      NOT amount IS NULL) AS purchases_amount_first,
    ARG_MIN(products, {'a': happened_at, 'b': products}) FILTER(WHERE
      NOT products IS NULL) AS baskets_products_first,
    ARG_MIN(discount, {'a': happened_at, 'b': discount}) FILTER(WHERE
      NOT discount IS NULL) AS purchases_discount_first,
    ARG_MIN(category, {'a': happened_at, 'b': category}) FILTER(WHERE
      NOT category IS NULL) AS purchases_category_first
  FROM (
    SELECT
      *,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days,
      NOT amount IS NULL
      AND overtaken_latest_4fdfcd91 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_4fdfcd91,
      NOT products IS NULL
      AND overtaken_latest_aa5b5aa7 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_aa5b5aa7
    FROM (
      SELECT
        fact.*
      FROM ready_1 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_6 AS (
  SELECT
    who,
    MIN(age_days) AS returns_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS returns_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_365) AS returns_count_365d,
    SUM(CASE WHEN happened_at >= from_365 THEN amount END) AS returns_amount_sum_365d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY AS from_365,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_2 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_7 AS (
  SELECT
    who,
    COUNT(*) FILTER(WHERE
      latest_354dd387) AS lines_products_all,
    COUNT(*) AS lines_count_all,
    COUNT(*) FILTER(WHERE
      latest_f84bb769) AS lines_categories_all,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90 AND latest_354dd387) AS lines_products_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_365 AND latest_354dd387) AS lines_products_365d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90 AND latest_f84bb769) AS lines_categories_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_365 AND latest_f84bb769) AS lines_categories_365d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY AS from_365,
      NOT product_id IS NULL
      AND overtaken_latest_354dd387 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_354dd387,
      NOT category IS NULL
      AND overtaken_latest_f84bb769 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_f84bb769
    FROM (
      SELECT
        fact.*
      FROM ready_3 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_8 AS (
  SELECT
    who,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS engagements_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS engagements_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90 AND latest_69f91065) AS engagements_days_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180 AND latest_69f91065) AS engagements_days_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS engagements_count_30d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30 AND latest_69f91065) AS engagements_days_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      NOT CAST(happened_at AS DATE) IS NULL
      AND overtaken_latest_69f91065 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_69f91065
    FROM (
      SELECT
        fact.*
      FROM ready_4 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.happened_at >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY
    )
  )
  GROUP BY
    who
), part_9 AS (
  SELECT
    who,
    MIN(age_days) AS engagements_recency_days,
    MAX(age_days) AS engagements_tenure_days
  FROM (
    SELECT
      *,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_4 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_10 AS (
  SELECT
    who,
    MIN(age_days) AS visits_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS visits_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS visits_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS visits_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_5 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_11 AS (
  SELECT
    who,
    MIN(age_days) AS emails_opened_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS emails_opened_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS emails_opened_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS emails_opened_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_6 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_12 AS (
  SELECT
    who,
    MIN(age_days) AS emails_clicked_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS emails_clicked_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS emails_clicked_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS emails_clicked_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_7 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_13 AS (
  SELECT
    who,
    MIN(age_days) AS social_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS social_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS social_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS social_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_8 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_14 AS (
  SELECT
    who,
    MIN(age_days) AS chats_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS chats_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS chats_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS chats_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_9 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_15 AS (
  SELECT
    who,
    MIN(age_days) AS tickets_recency_days,
    COUNT(*) FILTER(WHERE
      latest_ab4b5442) AS tickets_topics_all,
    MAX(topic) FILTER(WHERE
      latest_1ea7f518) AS tickets_topic_last,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS tickets_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS tickets_count_180d,
    CAST(SUM(CASE WHEN happened_at >= from_180 THEN value END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_180 THEN value END), 0) AS tickets_value_mean_180d,
    MAX(CASE WHEN happened_at >= from_180 THEN value END) AS tickets_value_max_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS tickets_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days,
      NOT topic IS NULL
      AND overtaken_latest_ab4b5442 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_ab4b5442,
      NOT topic IS NULL
      AND overtaken_latest_1ea7f518 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_1ea7f518
    FROM (
      SELECT
        fact.*
      FROM ready_10 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_16 AS (
  SELECT
    who,
    MIN(age_days) AS complaints_recency_days,
    COUNT(*) FILTER(WHERE
      latest_ab4b5442) AS complaints_topics_all,
    MAX(topic) FILTER(WHERE
      latest_1ea7f518) AS complaints_topic_last,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS complaints_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS complaints_count_180d,
    CAST(SUM(CASE WHEN happened_at >= from_180 THEN value END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_180 THEN value END), 0) AS complaints_value_mean_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS complaints_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days,
      NOT topic IS NULL
      AND overtaken_latest_ab4b5442 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_ab4b5442,
      NOT topic IS NULL
      AND overtaken_latest_1ea7f518 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_1ea7f518
    FROM (
      SELECT
        fact.*
      FROM ready_11 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_17 AS (
  SELECT
    who,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS content_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS content_count_180d,
    SUM(CASE WHEN happened_at >= from_90 THEN value END) AS content_value_sum_90d,
    SUM(CASE WHEN happened_at >= from_180 THEN value END) AS content_value_sum_180d,
    CAST(SUM(CASE WHEN happened_at >= from_180 THEN value END) AS DOUBLE) / NULLIF(COUNT(CASE WHEN happened_at >= from_180 THEN value END), 0) AS content_value_mean_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS content_count_30d,
    SUM(CASE WHEN happened_at >= from_30 THEN value END) AS content_value_sum_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180
    FROM (
      SELECT
        fact.*
      FROM ready_12 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.happened_at >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY
    )
  )
  GROUP BY
    who
), part_18 AS (
  SELECT
    who,
    MIN(age_days) AS content_recency_days
  FROM (
    SELECT
      *,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_12 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_19 AS (
  SELECT
    who,
    MIN(age_days) AS coupons_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS coupons_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS coupons_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS coupons_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_13 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_20 AS (
  SELECT
    who,
    MIN(age_days) AS points_redeemed_recency_days,
    SUM(value) AS points_redeemed_value_sum_all,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS points_redeemed_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS points_redeemed_count_180d,
    SUM(CASE WHEN happened_at >= from_180 THEN value END) AS points_redeemed_value_sum_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS points_redeemed_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_14 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_21 AS (
  SELECT
    who,
    MIN(age_days) AS referrals_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS referrals_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS referrals_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS referrals_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_15 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_22 AS (
  SELECT
    who,
    MIN(age_days) AS emails_sent_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS emails_sent_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS emails_sent_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS emails_sent_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_16 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_23 AS (
  SELECT
    who,
    MIN(age_days) AS pushes_sent_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS pushes_sent_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS pushes_sent_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS pushes_sent_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_17 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_24 AS (
  SELECT
    who,
    MIN(age_days) AS mails_sent_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS mails_sent_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS mails_sent_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS mails_sent_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_18 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_25 AS (
  SELECT
    who,
    MIN(age_days) AS surveys_sent_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS surveys_sent_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS surveys_sent_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS surveys_sent_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_19 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_26 AS (
  SELECT
    who,
    MIN(age_days) AS contacts_recency_days,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS contacts_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS contacts_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS contacts_count_30d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days
    FROM (
      SELECT
        fact.*
      FROM ready_20 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_27 AS (
  SELECT
    who,
    CAST(SUM(value) AS DOUBLE) / NULLIF(COUNT(value), 0) AS nps_value_mean_all,
    MAX(value) FILTER(WHERE
      latest_8fa3cf74) AS nps_value_last,
    MIN(value) AS nps_value_min_all,
    COUNT(*) AS nps_count_all,
    MIN(age_days) AS nps_recency_days
  FROM (
    SELECT
      *,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days,
      NOT value IS NULL
      AND overtaken_latest_8fa3cf74 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_8fa3cf74
    FROM (
      SELECT
        fact.*
      FROM ready_21 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_28 AS (
  SELECT
    who,
    CAST(SUM(value) AS DOUBLE) / NULLIF(COUNT(value), 0) AS reviews_value_mean_all,
    MAX(value) FILTER(WHERE
      latest_8fa3cf74) AS reviews_value_last,
    MIN(age_days) AS reviews_recency_days
  FROM (
    SELECT
      *,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days,
      NOT value IS NULL
      AND overtaken_latest_8fa3cf74 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_8fa3cf74
    FROM (
      SELECT
        fact.*
      FROM ready_22 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_29 AS (
  SELECT
    who,
    SUM(value) AS points_earned_value_sum_all,
    SUM(CASE WHEN happened_at >= from_180 THEN value END) AS points_earned_value_sum_180d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180
    FROM (
      SELECT
        fact.*
      FROM ready_23 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_30 AS (
  SELECT
    who,
    MIN(age_days) AS periods_recency_days,
    MAX(age_days) AS periods_tenure_days,
    MAX(plan) FILTER(WHERE
      latest_339a585f) AS periods_plan_last,
    MAX(status) FILTER(WHERE
      latest_1e4a3939) AS periods_status_last,
    MAX(price) FILTER(WHERE
      latest_5b1e6617) AS periods_price_last,
    ARG_MIN(price, {'a': happened_at, 'b': price}) FILTER(WHERE
      NOT price IS NULL) AS periods_price_first,
    DATE_DIFF(
      'SECOND',
      ANY_VALUE(t),
      MAX(expires_at) FILTER(WHERE
        status IN ('trial', 'active', 'renewed'))
    ) / CAST(86400 AS DOUBLE) AS days_to_expiry,
    ARG_MAX(DATE_DIFF('SECOND', started_at, expires_at), {'a': happened_at, 'b': expires_at}) FILTER(WHERE
      status IN ('trial', 'active', 'renewed')) / CAST(86400 AS DOUBLE) AS period_length_days
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS t,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days,
      NOT plan IS NULL
      AND overtaken_latest_339a585f >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_339a585f,
      NOT status IS NULL
      AND overtaken_latest_1e4a3939 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_1e4a3939,
      NOT price IS NULL
      AND overtaken_latest_5b1e6617 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_5b1e6617
    FROM (
      SELECT
        fact.*
      FROM ready_24 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_31 AS (
  SELECT
    who,
    COUNT(*) AS renewals_count_all
  FROM (
    SELECT
      *
    FROM (
      SELECT
        fact.*
      FROM ready_25 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_32 AS (
  SELECT
    who,
    COUNT(*) AS cancellations_count_all
  FROM (
    SELECT
      *
    FROM (
      SELECT
        fact.*
      FROM ready_26 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_33 AS (
  SELECT
    who,
    MAX(value) FILTER(WHERE
      latest_8fa3cf74) AS country
  FROM (
    SELECT
      *,
      NOT value IS NULL
      AND overtaken_latest_8fa3cf74 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_8fa3cf74
    FROM (
      SELECT
        fact.*
      FROM ready_27 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_34 AS (
  SELECT
    who,
    MAX(value) FILTER(WHERE
      latest_8fa3cf74) AS tier
  FROM (
    SELECT
      *,
      NOT value IS NULL
      AND overtaken_latest_8fa3cf74 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_8fa3cf74
    FROM (
      SELECT
        fact.*
      FROM ready_28 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_35 AS (
  SELECT
    who,
    MAX(value) FILTER(WHERE
      latest_8fa3cf74) AS acquisition_channel
  FROM (
    SELECT
      *,
      NOT value IS NULL
      AND overtaken_latest_8fa3cf74 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_8fa3cf74
    FROM (
      SELECT
        fact.*
      FROM ready_29 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_36 AS (
  SELECT
    who,
    MAX(value) FILTER(WHERE
      latest_8fa3cf74) AS preferred_channel
  FROM (
    SELECT
      *,
      NOT value IS NULL
      AND overtaken_latest_8fa3cf74 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_8fa3cf74
    FROM (
      SELECT
        fact.*
      FROM ready_30 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_37 AS (
  SELECT
    who,
    MIN(age_days) AS activity_recency_days,
    MAX(age_days) AS activity_tenure_days,
    COUNT(*) FILTER(WHERE
      latest_69f91065) AS activity_days_all
  FROM (
    SELECT
      *,
      DATE_DIFF('SECOND', happened_at, CAST('2020-06-01 00:00:00' AS TIMESTAMP)) / CAST(86400 AS DOUBLE) AS age_days,
      NOT CAST(happened_at AS DATE) IS NULL
      AND overtaken_latest_69f91065 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_69f91065
    FROM (
      SELECT
        fact.*
      FROM ready_31 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
    )
  )
  GROUP BY
    who
), part_38 AS (
  SELECT
    who,
    COUNT(*) FILTER(WHERE
      happened_at >= from_7) AS activity_count_7d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_14) AS activity_count_14d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30) AS activity_count_30d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_60) AS activity_count_60d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_7 AND latest_69f91065) AS activity_days_7d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_14 AND latest_69f91065) AS activity_days_14d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_30 AND latest_69f91065) AS activity_days_30d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_60 AND latest_69f91065) AS activity_days_60d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '7' DAY AS from_7,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '14' DAY AS from_14,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '30' DAY AS from_30,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '60' DAY AS from_60,
      NOT CAST(happened_at AS DATE) IS NULL
      AND overtaken_latest_69f91065 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_69f91065
    FROM (
      SELECT
        fact.*
      FROM ready_31 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.happened_at >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '60' DAY
    )
  )
  GROUP BY
    who
), part_39 AS (
  SELECT
    who,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90) AS activity_count_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180) AS activity_count_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_365) AS activity_count_365d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_90 AND latest_69f91065) AS activity_days_90d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_180 AND latest_69f91065) AS activity_days_180d,
    COUNT(*) FILTER(WHERE
      happened_at >= from_365 AND latest_69f91065) AS activity_days_365d
  FROM (
    SELECT
      *,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '90' DAY AS from_90,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '180' DAY AS from_180,
      CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY AS from_365,
      NOT CAST(happened_at AS DATE) IS NULL
      AND overtaken_latest_69f91065 >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS latest_69f91065
    FROM (
      SELECT
        fact.*
      FROM ready_31 AS fact
      JOIN now
        USING (who)
      WHERE
        fact.happened_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.known_at < CAST('2020-06-01 00:00:00' AS TIMESTAMP)
        AND fact.happened_at >= CAST('2020-06-01 00:00:00' AS TIMESTAMP) - INTERVAL '365' DAY
    )
  )
  GROUP BY
    who
), wide AS (
  SELECT
    who,
    customer_id,
    CAST('2020-06-01 00:00:00' AS TIMESTAMP) AS t,
    COALESCE(purchases_count_7d, 0) AS purchases_count_7d,
    COALESCE(purchases_count_14d, 0) AS purchases_count_14d,
    COALESCE(purchases_count_30d, 0) AS purchases_count_30d,
    COALESCE(purchases_count_60d, 0) AS purchases_count_60d,
    COALESCE(purchases_count_90d, 0) AS purchases_count_90d,
    COALESCE(purchases_count_180d, 0) AS purchases_count_180d,
    COALESCE(purchases_count_365d, 0) AS purchases_count_365d,
    COALESCE(purchases_count_all, 0) AS purchases_count_all,
    COALESCE(purchases_days_7d, 0) AS purchases_days_7d,
    COALESCE(purchases_days_14d, 0) AS purchases_days_14d,
    COALESCE(purchases_days_30d, 0) AS purchases_days_30d,
    COALESCE(purchases_days_60d, 0) AS purchases_days_60d,
    COALESCE(purchases_days_90d, 0) AS purchases_days_90d,
    COALESCE(purchases_days_180d, 0) AS purchases_days_180d,
    COALESCE(purchases_days_365d, 0) AS purchases_days_365d,
    COALESCE(purchases_days_all, 0) AS purchases_days_all,
    purchases_recency_days,
    purchases_tenure_days,
    purchases_gap_days_mean_all,
    purchases_gap_days_std_all,
    purchases_gap_days_median_all,
    purchases_gap_days_max_all,
    purchases_gap_days_min_all,
    purchases_gap_days_last,
    COALESCE(purchases_count_decayed_30d, 0) AS purchases_count_decayed_30d,
    COALESCE(purchases_count_decayed_90d, 0) AS purchases_count_decayed_90d,
    COALESCE(purchases_count_year_ago_90d, 0) AS purchases_count_year_ago_90d,
    purchases_gaps,
    purchases_weekend_share,
    purchases_hour_mean,
    COALESCE(purchases_amount_sum_7d, 0) AS purchases_amount_sum_7d,
    COALESCE(purchases_amount_sum_14d, 0) AS purchases_amount_sum_14d,
    COALESCE(purchases_amount_sum_30d, 0) AS purchases_amount_sum_30d,
    COALESCE(purchases_amount_sum_60d, 0) AS purchases_amount_sum_60d,
    COALESCE(purchases_amount_sum_90d, 0) AS purchases_amount_sum_90d,
    COALESCE(purchases_amount_sum_180d, 0) AS purchases_amount_sum_180d,
    COALESCE(purchases_amount_sum_365d, 0) AS purchases_amount_sum_365d,
    COALESCE(purchases_amount_sum_all, 0) AS purchases_amount_sum_all,
    purchases_amount_mean_7d,
    purchases_amount_mean_14d,
    purchases_amount_mean_30d,
    purchases_amount_mean_60d,
    purchases_amount_mean_90d,
    purchases_amount_mean_180d,
    purchases_amount_mean_365d,
    purchases_amount_mean_all,
    purchases_amount_max_7d,
    purchases_amount_max_14d,
    purchases_amount_max_30d,
    purchases_amount_max_60d,
    purchases_amount_max_90d,
    purchases_amount_max_180d,
    purchases_amount_max_365d,
    purchases_amount_std_all,
    purchases_amount_last,
    COALESCE(purchases_amount_decayed_90d, 0) AS purchases_amount_decayed_90d,
    purchases_amount_min_365d,
    COALESCE(purchases_margin_sum_90d, 0) AS purchases_margin_sum_90d,
    COALESCE(purchases_margin_sum_365d, 0) AS purchases_margin_sum_365d,
    COALESCE(purchases_discount_sum_365d, 0) AS purchases_discount_sum_365d,
    COALESCE(returns_count_90d, 0) AS returns_count_90d,
    COALESCE(returns_count_365d, 0) AS returns_count_365d,
    COALESCE(returns_amount_sum_365d, 0) AS returns_amount_sum_365d,
    returns_recency_days,
    COALESCE(lines_products_90d, 0) AS lines_products_90d,
    COALESCE(lines_products_365d, 0) AS lines_products_365d,
    COALESCE(lines_products_all, 0) AS lines_products_all,
    COALESCE(lines_count_all, 0) AS lines_count_all,
    COALESCE(lines_categories_90d, 0) AS lines_categories_90d,
    COALESCE(lines_categories_365d, 0) AS lines_categories_365d,
    COALESCE(lines_categories_all, 0) AS lines_categories_all,
    COALESCE(baskets_products_sum_7d, 0) AS baskets_products_sum_7d,
    COALESCE(baskets_products_sum_14d, 0) AS baskets_products_sum_14d,
    COALESCE(baskets_products_sum_30d, 0) AS baskets_products_sum_30d,
    COALESCE(baskets_products_sum_60d, 0) AS baskets_products_sum_60d,
    COALESCE(baskets_products_sum_90d, 0) AS baskets_products_sum_90d,
    COALESCE(baskets_products_sum_180d, 0) AS baskets_products_sum_180d,
    COALESCE(baskets_products_sum_365d, 0) AS baskets_products_sum_365d,
    baskets_products_mean_all,
    baskets_products_last,
    COALESCE(baskets_quantity_sum_7d, 0) AS baskets_quantity_sum_7d,
    COALESCE(baskets_quantity_sum_14d, 0) AS baskets_quantity_sum_14d,
    COALESCE(baskets_quantity_sum_30d, 0) AS baskets_quantity_sum_30d,
    COALESCE(baskets_quantity_sum_60d, 0) AS baskets_quantity_sum_60d,
    COALESCE(baskets_quantity_sum_90d, 0) AS baskets_quantity_sum_90d,
    COALESCE(baskets_quantity_sum_180d, 0) AS baskets_quantity_sum_180d,
    COALESCE(baskets_quantity_sum_365d, 0) AS baskets_quantity_sum_365d,
    COALESCE(purchases_channels_365d, 0) AS purchases_channels_365d,
    COALESCE(purchases_channels_all, 0) AS purchases_channels_all,
    purchases_channel_last,
    purchases_top_channel_share,
    purchases_amount_first,
    baskets_products_first,
    purchases_discount_first,
    purchases_channel_first,
    purchases_category_first,
    COALESCE(engagements_count_30d, 0) AS engagements_count_30d,
    COALESCE(engagements_count_90d, 0) AS engagements_count_90d,
    COALESCE(engagements_count_180d, 0) AS engagements_count_180d,
    engagements_recency_days,
    COALESCE(visits_count_30d, 0) AS visits_count_30d,
    COALESCE(visits_count_90d, 0) AS visits_count_90d,
    COALESCE(visits_count_180d, 0) AS visits_count_180d,
    visits_recency_days,
    COALESCE(emails_opened_count_30d, 0) AS emails_opened_count_30d,
    COALESCE(emails_opened_count_90d, 0) AS emails_opened_count_90d,
    COALESCE(emails_opened_count_180d, 0) AS emails_opened_count_180d,
    emails_opened_recency_days,
    COALESCE(emails_clicked_count_30d, 0) AS emails_clicked_count_30d,
    COALESCE(emails_clicked_count_90d, 0) AS emails_clicked_count_90d,
    COALESCE(emails_clicked_count_180d, 0) AS emails_clicked_count_180d,
    emails_clicked_recency_days,
    COALESCE(social_count_30d, 0) AS social_count_30d,
    COALESCE(social_count_90d, 0) AS social_count_90d,
    COALESCE(social_count_180d, 0) AS social_count_180d,
    social_recency_days,
    COALESCE(chats_count_30d, 0) AS chats_count_30d,
    COALESCE(chats_count_90d, 0) AS chats_count_90d,
    COALESCE(chats_count_180d, 0) AS chats_count_180d,
    chats_recency_days,
    COALESCE(tickets_count_30d, 0) AS tickets_count_30d,
    COALESCE(tickets_count_90d, 0) AS tickets_count_90d,
    COALESCE(tickets_count_180d, 0) AS tickets_count_180d,
    tickets_recency_days,
    COALESCE(complaints_count_30d, 0) AS complaints_count_30d,
    COALESCE(complaints_count_90d, 0) AS complaints_count_90d,
    COALESCE(complaints_count_180d, 0) AS complaints_count_180d,
    complaints_recency_days,
    COALESCE(content_count_30d, 0) AS content_count_30d,
    COALESCE(content_count_90d, 0) AS content_count_90d,
    COALESCE(content_count_180d, 0) AS content_count_180d,
    content_recency_days,
    COALESCE(coupons_count_30d, 0) AS coupons_count_30d,
    COALESCE(coupons_count_90d, 0) AS coupons_count_90d,
    COALESCE(coupons_count_180d, 0) AS coupons_count_180d,
    coupons_recency_days,
    COALESCE(points_redeemed_count_30d, 0) AS points_redeemed_count_30d,
    COALESCE(points_redeemed_count_90d, 0) AS points_redeemed_count_90d,
    COALESCE(points_redeemed_count_180d, 0) AS points_redeemed_count_180d,
    points_redeemed_recency_days,
    COALESCE(referrals_count_30d, 0) AS referrals_count_30d,
    COALESCE(referrals_count_90d, 0) AS referrals_count_90d,
    COALESCE(referrals_count_180d, 0) AS referrals_count_180d,
    referrals_recency_days,
    COALESCE(emails_sent_count_30d, 0) AS emails_sent_count_30d,
    COALESCE(emails_sent_count_90d, 0) AS emails_sent_count_90d,
    COALESCE(emails_sent_count_180d, 0) AS emails_sent_count_180d,
    emails_sent_recency_days,
    COALESCE(pushes_sent_count_30d, 0) AS pushes_sent_count_30d,
    COALESCE(pushes_sent_count_90d, 0) AS pushes_sent_count_90d,
    COALESCE(pushes_sent_count_180d, 0) AS pushes_sent_count_180d,
    pushes_sent_recency_days,
    COALESCE(mails_sent_count_30d, 0) AS mails_sent_count_30d,
    COALESCE(mails_sent_count_90d, 0) AS mails_sent_count_90d,
    COALESCE(mails_sent_count_180d, 0) AS mails_sent_count_180d,
    mails_sent_recency_days,
    COALESCE(surveys_sent_count_30d, 0) AS surveys_sent_count_30d,
    COALESCE(surveys_sent_count_90d, 0) AS surveys_sent_count_90d,
    COALESCE(surveys_sent_count_180d, 0) AS surveys_sent_count_180d,
    surveys_sent_recency_days,
    COALESCE(contacts_count_30d, 0) AS contacts_count_30d,
    COALESCE(contacts_count_90d, 0) AS contacts_count_90d,
    COALESCE(contacts_count_180d, 0) AS contacts_count_180d,
    contacts_recency_days,
    nps_value_mean_all,
    nps_value_last,
    nps_value_min_all,
    COALESCE(nps_count_all, 0) AS nps_count_all,
    nps_recency_days,
    reviews_value_mean_all,
    reviews_value_last,
    reviews_recency_days,
    tickets_value_mean_180d,
    tickets_value_max_180d,
    complaints_value_mean_180d,
    COALESCE(tickets_topics_all, 0) AS tickets_topics_all,
    COALESCE(complaints_topics_all, 0) AS complaints_topics_all,
    tickets_topic_last,
    complaints_topic_last,
    COALESCE(content_value_sum_30d, 0) AS content_value_sum_30d,
    COALESCE(content_value_sum_90d, 0) AS content_value_sum_90d,
    COALESCE(content_value_sum_180d, 0) AS content_value_sum_180d,
    content_value_mean_180d,
    COALESCE(points_earned_value_sum_180d, 0) AS points_earned_value_sum_180d,
    COALESCE(points_redeemed_value_sum_180d, 0) AS points_redeemed_value_sum_180d,
    COALESCE(points_earned_value_sum_all, 0) AS points_earned_value_sum_all,
    COALESCE(points_redeemed_value_sum_all, 0) AS points_redeemed_value_sum_all,
    engagements_tenure_days,
    COALESCE(engagements_days_30d, 0) AS engagements_days_30d,
    COALESCE(engagements_days_90d, 0) AS engagements_days_90d,
    COALESCE(engagements_days_180d, 0) AS engagements_days_180d,
    periods_recency_days,
    periods_tenure_days,
    COALESCE(renewals_count_all, 0) AS renewals_count_all,
    periods_plan_last,
    periods_status_last,
    periods_price_last,
    periods_price_first,
    days_to_expiry,
    period_length_days,
    COALESCE(cancellations_count_all, 0) AS cancellations_count_all,
    country,
    tier,
    acquisition_channel,
    preferred_channel,
    activity_recency_days,
    activity_tenure_days,
    COALESCE(activity_count_7d, 0) AS activity_count_7d,
    COALESCE(activity_count_14d, 0) AS activity_count_14d,
    COALESCE(activity_count_30d, 0) AS activity_count_30d,
    COALESCE(activity_count_60d, 0) AS activity_count_60d,
    COALESCE(activity_count_90d, 0) AS activity_count_90d,
    COALESCE(activity_count_180d, 0) AS activity_count_180d,
    COALESCE(activity_count_365d, 0) AS activity_count_365d,
    COALESCE(activity_days_7d, 0) AS activity_days_7d,
    COALESCE(activity_days_14d, 0) AS activity_days_14d,
    COALESCE(activity_days_30d, 0) AS activity_days_30d,
    COALESCE(activity_days_60d, 0) AS activity_days_60d,
    COALESCE(activity_days_90d, 0) AS activity_days_90d,
    COALESCE(activity_days_180d, 0) AS activity_days_180d,
    COALESCE(activity_days_365d, 0) AS activity_days_365d,
    COALESCE(activity_days_all, 0) AS activity_days_all
  FROM now
  JOIN people
    USING (who)
  LEFT JOIN part_0
    USING (who)
  LEFT JOIN part_1
    USING (who)
  LEFT JOIN part_2
    USING (who)
  LEFT JOIN part_3
    USING (who)
  LEFT JOIN part_4
    USING (who)
  LEFT JOIN part_5
    USING (who)
  LEFT JOIN part_6
    USING (who)
  LEFT JOIN part_7
    USING (who)
  LEFT JOIN part_8
    USING (who)
  LEFT JOIN part_9
    USING (who)
  LEFT JOIN part_10
    USING (who)
  LEFT JOIN part_11
    USING (who)
  LEFT JOIN part_12
    USING (who)
  LEFT JOIN part_13
    USING (who)
  LEFT JOIN part_14
    USING (who)
  LEFT JOIN part_15
    USING (who)
  LEFT JOIN part_16
    USING (who)
  LEFT JOIN part_17
    USING (who)
  LEFT JOIN part_18
    USING (who)
  LEFT JOIN part_19
    USING (who)
  LEFT JOIN part_20
    USING (who)
  LEFT JOIN part_21
    USING (who)
  LEFT JOIN part_22
    USING (who)
  LEFT JOIN part_23
    USING (who)
  LEFT JOIN part_24
    USING (who)
  LEFT JOIN part_25
    USING (who)
  LEFT JOIN part_26
    USING (who)
  LEFT JOIN part_27
    USING (who)
  LEFT JOIN part_28
    USING (who)
  LEFT JOIN part_29
    USING (who)
  LEFT JOIN part_30
    USING (who)
  LEFT JOIN part_31
    USING (who)
  LEFT JOIN part_32
    USING (who)
  LEFT JOIN part_33
    USING (who)
  LEFT JOIN part_34
    USING (who)
  LEFT JOIN part_35
    USING (who)
  LEFT JOIN part_36
    USING (who)
  LEFT JOIN part_37
    USING (who)
  LEFT JOIN part_38
    USING (who)
  LEFT JOIN part_39
    USING (who)
)
SELECT
  customer_id,
  t,
  CAST(purchases_count_7d AS REAL) AS purchases_count_7d,
  CAST(purchases_count_14d AS REAL) AS purchases_count_14d,
  CAST(purchases_count_30d AS REAL) AS purchases_count_30d,
  CAST(purchases_count_60d AS REAL) AS purchases_count_60d,
  CAST(purchases_count_90d AS REAL) AS purchases_count_90d,
  CAST(purchases_count_180d AS REAL) AS purchases_count_180d,
  CAST(purchases_count_365d AS REAL) AS purchases_count_365d,
  CAST(purchases_count_all AS REAL) AS purchases_count_all,
  CAST(purchases_days_7d AS REAL) AS purchases_days_7d,
  CAST(purchases_days_14d AS REAL) AS purchases_days_14d,
  CAST(purchases_days_30d AS REAL) AS purchases_days_30d,
  CAST(purchases_days_60d AS REAL) AS purchases_days_60d,
  CAST(purchases_days_90d AS REAL) AS purchases_days_90d,
  CAST(purchases_days_180d AS REAL) AS purchases_days_180d,
  CAST(purchases_days_365d AS REAL) AS purchases_days_365d,
  CAST(purchases_days_all AS REAL) AS purchases_days_all,
  CAST(purchases_recency_days AS REAL) AS purchases_recency_days,
  CAST(purchases_tenure_days AS REAL) AS purchases_tenure_days,
  CAST(purchases_gap_days_mean_all AS REAL) AS purchases_gap_days_mean_all,
  CAST(purchases_gap_days_std_all AS REAL) AS purchases_gap_days_std_all,
  CAST(purchases_gap_days_median_all AS REAL) AS purchases_gap_days_median_all,
  CAST(purchases_gap_days_max_all AS REAL) AS purchases_gap_days_max_all,
  CAST(purchases_gap_days_min_all AS REAL) AS purchases_gap_days_min_all,
  CAST(purchases_gap_days_last AS REAL) AS purchases_gap_days_last,
  CAST(purchases_count_decayed_30d AS REAL) AS purchases_count_decayed_30d,
  CAST(purchases_count_decayed_90d AS REAL) AS purchases_count_decayed_90d,
  CAST(purchases_count_year_ago_90d AS REAL) AS purchases_count_year_ago_90d,
  CAST((
    purchases_count_7d / CAST(7 AS DOUBLE)
  ) / NULLIF(purchases_count_14d / CAST(14 AS DOUBLE), 0) AS REAL) AS purchases_count_trend_7v14d,
  CAST((
    purchases_count_14d / CAST(14 AS DOUBLE)
  ) / NULLIF(purchases_count_30d / CAST(30 AS DOUBLE), 0) AS REAL) AS purchases_count_trend_14v30d,
  CAST((
    purchases_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(purchases_count_60d / CAST(60 AS DOUBLE), 0) AS REAL) AS purchases_count_trend_30v60d,
  CAST((
    purchases_count_60d / CAST(60 AS DOUBLE)
  ) / NULLIF(purchases_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS purchases_count_trend_60v90d,
  CAST((
    purchases_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(purchases_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS purchases_count_trend_90v180d,
  CAST((
    purchases_count_180d / CAST(180 AS DOUBLE)
  ) / NULLIF(purchases_count_365d / CAST(365 AS DOUBLE), 0) AS REAL) AS purchases_count_trend_180v365d,
  CAST(purchases_recency_days / NULLIF(purchases_gap_days_mean_all, 0) AS REAL) AS recency_per_gap_mean,
  CAST(purchases_recency_days / NULLIF(purchases_gap_days_max_all, 0) AS REAL) AS recency_per_gap_max,
  CAST(purchases_recency_days / NULLIF(purchases_tenure_days, 0) AS REAL) AS recency_per_tenure,
  CAST((
    purchases_recency_days - purchases_gap_days_mean_all
  ) / (
    purchases_gap_days_std_all + 1
  ) AS REAL) AS recency_zscore,
  CAST(CASE
    WHEN NOT purchases_gap_days_mean_all IS NULL
    THEN (
      1 + ARRAY_LENGTH(LIST_FILTER(purchases_gaps, LAMBDA gap : gap > purchases_recency_days))
    ) / CAST(2 + ARRAY_LENGTH(purchases_gaps) AS DOUBLE)
  END AS REAL) AS recency_gap_survival,
  CAST(CASE WHEN purchases_count_all = 1 THEN purchases_recency_days END AS REAL) AS only_purchase_recency_days,
  CAST(purchases_weekend_share AS REAL) AS purchases_weekend_share,
  CAST(purchases_hour_mean AS REAL) AS purchases_hour_mean,
  CAST(purchases_amount_sum_7d AS REAL) AS purchases_amount_sum_7d,
  CAST(purchases_amount_sum_14d AS REAL) AS purchases_amount_sum_14d,
  CAST(purchases_amount_sum_30d AS REAL) AS purchases_amount_sum_30d,
  CAST(purchases_amount_sum_60d AS REAL) AS purchases_amount_sum_60d,
  CAST(purchases_amount_sum_90d AS REAL) AS purchases_amount_sum_90d,
  CAST(purchases_amount_sum_180d AS REAL) AS purchases_amount_sum_180d,
  CAST(purchases_amount_sum_365d AS REAL) AS purchases_amount_sum_365d,
  CAST(purchases_amount_sum_all AS REAL) AS purchases_amount_sum_all,
  CAST(purchases_amount_mean_7d AS REAL) AS purchases_amount_mean_7d,
  CAST(purchases_amount_mean_14d AS REAL) AS purchases_amount_mean_14d,
  CAST(purchases_amount_mean_30d AS REAL) AS purchases_amount_mean_30d,
  CAST(purchases_amount_mean_60d AS REAL) AS purchases_amount_mean_60d,
  CAST(purchases_amount_mean_90d AS REAL) AS purchases_amount_mean_90d,
  CAST(purchases_amount_mean_180d AS REAL) AS purchases_amount_mean_180d,
  CAST(purchases_amount_mean_365d AS REAL) AS purchases_amount_mean_365d,
  CAST(purchases_amount_mean_all AS REAL) AS purchases_amount_mean_all,
  CAST(purchases_amount_max_7d AS REAL) AS purchases_amount_max_7d,
  CAST(purchases_amount_max_14d AS REAL) AS purchases_amount_max_14d,
  CAST(purchases_amount_max_30d AS REAL) AS purchases_amount_max_30d,
  CAST(purchases_amount_max_60d AS REAL) AS purchases_amount_max_60d,
  CAST(purchases_amount_max_90d AS REAL) AS purchases_amount_max_90d,
  CAST(purchases_amount_max_180d AS REAL) AS purchases_amount_max_180d,
  CAST(purchases_amount_max_365d AS REAL) AS purchases_amount_max_365d,
  CAST(purchases_amount_std_all AS REAL) AS purchases_amount_std_all,
  CAST(purchases_amount_last AS REAL) AS purchases_amount_last,
  CAST(purchases_amount_decayed_90d AS REAL) AS purchases_amount_decayed_90d,
  CAST((
    purchases_amount_sum_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(purchases_amount_sum_365d / CAST(365 AS DOUBLE), 0) AS REAL) AS purchases_amount_sum_trend_90v365d,
  CAST(purchases_amount_min_365d AS REAL) AS purchases_amount_min_365d,
  CAST(purchases_margin_sum_90d AS REAL) AS purchases_margin_sum_90d,
  CAST(purchases_margin_sum_365d AS REAL) AS purchases_margin_sum_365d,
  CAST(purchases_margin_sum_365d / NULLIF(purchases_amount_sum_365d, 0) AS REAL) AS margin_share,
  CAST(purchases_discount_sum_365d AS REAL) AS purchases_discount_sum_365d,
  CAST(purchases_discount_sum_365d / NULLIF(purchases_amount_sum_365d, 0) AS REAL) AS discount_share,
  CAST(returns_count_90d AS REAL) AS returns_count_90d,
  CAST(returns_count_365d AS REAL) AS returns_count_365d,
  CAST(returns_amount_sum_365d AS REAL) AS returns_amount_sum_365d,
  CAST(returns_recency_days AS REAL) AS returns_recency_days,
  CAST(lines_products_90d AS REAL) AS lines_products_90d,
  CAST(lines_products_365d AS REAL) AS lines_products_365d,
  CAST(lines_products_all AS REAL) AS lines_products_all,
  CAST(lines_count_all AS REAL) AS lines_count_all,
  CAST(lines_products_all / NULLIF(lines_count_all, 0) AS REAL) AS lines_new_product_share,
  CAST(lines_categories_90d AS REAL) AS lines_categories_90d,
  CAST(lines_categories_365d AS REAL) AS lines_categories_365d,
  CAST(lines_categories_all AS REAL) AS lines_categories_all,
  CAST(baskets_products_sum_7d AS REAL) AS baskets_products_sum_7d,
  CAST(baskets_products_sum_14d AS REAL) AS baskets_products_sum_14d,
  CAST(baskets_products_sum_30d AS REAL) AS baskets_products_sum_30d,
  CAST(baskets_products_sum_60d AS REAL) AS baskets_products_sum_60d,
  CAST(baskets_products_sum_90d AS REAL) AS baskets_products_sum_90d,
  CAST(baskets_products_sum_180d AS REAL) AS baskets_products_sum_180d,
  CAST(baskets_products_sum_365d AS REAL) AS baskets_products_sum_365d,
  CAST(baskets_products_mean_all AS REAL) AS baskets_products_mean_all,
  CAST(baskets_products_last AS REAL) AS baskets_products_last,
  CAST(baskets_quantity_sum_7d AS REAL) AS baskets_quantity_sum_7d,
  CAST(baskets_quantity_sum_14d AS REAL) AS baskets_quantity_sum_14d,
  CAST(baskets_quantity_sum_30d AS REAL) AS baskets_quantity_sum_30d,
  CAST(baskets_quantity_sum_60d AS REAL) AS baskets_quantity_sum_60d,
  CAST(baskets_quantity_sum_90d AS REAL) AS baskets_quantity_sum_90d,
  CAST(baskets_quantity_sum_180d AS REAL) AS baskets_quantity_sum_180d,
  CAST(baskets_quantity_sum_365d AS REAL) AS baskets_quantity_sum_365d,
  CAST(purchases_channels_365d AS REAL) AS purchases_channels_365d,
  CAST(purchases_channels_all AS REAL) AS purchases_channels_all,
  purchases_channel_last AS purchases_channel_last,
  CAST(purchases_top_channel_share AS REAL) AS purchases_top_channel_share,
  CAST(purchases_amount_first AS REAL) AS purchases_amount_first,
  CAST(baskets_products_first AS REAL) AS baskets_products_first,
  CAST(purchases_discount_first AS REAL) AS purchases_discount_first,
  purchases_channel_first AS purchases_channel_first,
  CAST(CASE
    WHEN purchases_amount_sum_365d > 0
    THEN CASE
      WHEN purchases_amount_sum_365d < 20
      THEN 20 - purchases_amount_sum_365d
      WHEN purchases_amount_sum_365d < 1000
      THEN 1000 - purchases_amount_sum_365d
      ELSE 0
    END
  END AS REAL) AS spending_to_tier,
  CAST(engagements_count_30d AS REAL) AS engagements_count_30d,
  CAST(engagements_count_90d AS REAL) AS engagements_count_90d,
  CAST(engagements_count_180d AS REAL) AS engagements_count_180d,
  CAST(engagements_recency_days AS REAL) AS engagements_recency_days,
  CAST((
    engagements_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(engagements_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS engagements_count_trend_30v90d,
  CAST((
    engagements_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(engagements_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS engagements_count_trend_90v180d,
  CAST(visits_count_30d AS REAL) AS visits_count_30d,
  CAST(visits_count_90d AS REAL) AS visits_count_90d,
  CAST(visits_count_180d AS REAL) AS visits_count_180d,
  CAST(visits_recency_days AS REAL) AS visits_recency_days,
  CAST((
    visits_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(visits_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS visits_count_trend_30v90d,
  CAST((
    visits_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(visits_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS visits_count_trend_90v180d,
  CAST(emails_opened_count_30d AS REAL) AS emails_opened_count_30d,
  CAST(emails_opened_count_90d AS REAL) AS emails_opened_count_90d,
  CAST(emails_opened_count_180d AS REAL) AS emails_opened_count_180d,
  CAST(emails_opened_recency_days AS REAL) AS emails_opened_recency_days,
  CAST((
    emails_opened_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(emails_opened_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS emails_opened_count_trend_30v90d,
  CAST((
    emails_opened_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(emails_opened_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS emails_opened_count_trend_90v180d,
  CAST(emails_clicked_count_30d AS REAL) AS emails_clicked_count_30d,
  CAST(emails_clicked_count_90d AS REAL) AS emails_clicked_count_90d,
  CAST(emails_clicked_count_180d AS REAL) AS emails_clicked_count_180d,
  CAST(emails_clicked_recency_days AS REAL) AS emails_clicked_recency_days,
  CAST((
    emails_clicked_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(emails_clicked_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS emails_clicked_count_trend_30v90d,
  CAST((
    emails_clicked_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(emails_clicked_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS emails_clicked_count_trend_90v180d,
  CAST(social_count_30d AS REAL) AS social_count_30d,
  CAST(social_count_90d AS REAL) AS social_count_90d,
  CAST(social_count_180d AS REAL) AS social_count_180d,
  CAST(social_recency_days AS REAL) AS social_recency_days,
  CAST((
    social_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(social_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS social_count_trend_30v90d,
  CAST((
    social_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(social_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS social_count_trend_90v180d,
  CAST(chats_count_30d AS REAL) AS chats_count_30d,
  CAST(chats_count_90d AS REAL) AS chats_count_90d,
  CAST(chats_count_180d AS REAL) AS chats_count_180d,
  CAST(chats_recency_days AS REAL) AS chats_recency_days,
  CAST((
    chats_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(chats_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS chats_count_trend_30v90d,
  CAST((
    chats_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(chats_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS chats_count_trend_90v180d,
  CAST(tickets_count_30d AS REAL) AS tickets_count_30d,
  CAST(tickets_count_90d AS REAL) AS tickets_count_90d,
  CAST(tickets_count_180d AS REAL) AS tickets_count_180d,
  CAST(tickets_recency_days AS REAL) AS tickets_recency_days,
  CAST((
    tickets_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(tickets_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS tickets_count_trend_30v90d,
  CAST((
    tickets_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(tickets_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS tickets_count_trend_90v180d,
  CAST(complaints_count_30d AS REAL) AS complaints_count_30d,
  CAST(complaints_count_90d AS REAL) AS complaints_count_90d,
  CAST(complaints_count_180d AS REAL) AS complaints_count_180d,
  CAST(complaints_recency_days AS REAL) AS complaints_recency_days,
  CAST((
    complaints_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(complaints_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS complaints_count_trend_30v90d,
  CAST((
    complaints_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(complaints_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS complaints_count_trend_90v180d,
  CAST(content_count_30d AS REAL) AS content_count_30d,
  CAST(content_count_90d AS REAL) AS content_count_90d,
  CAST(content_count_180d AS REAL) AS content_count_180d,
  CAST(content_recency_days AS REAL) AS content_recency_days,
  CAST((
    content_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(content_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS content_count_trend_30v90d,
  CAST((
    content_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(content_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS content_count_trend_90v180d,
  CAST(coupons_count_30d AS REAL) AS coupons_count_30d,
  CAST(coupons_count_90d AS REAL) AS coupons_count_90d,
  CAST(coupons_count_180d AS REAL) AS coupons_count_180d,
  CAST(coupons_recency_days AS REAL) AS coupons_recency_days,
  CAST((
    coupons_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(coupons_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS coupons_count_trend_30v90d,
  CAST((
    coupons_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(coupons_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS coupons_count_trend_90v180d,
  CAST(points_redeemed_count_30d AS REAL) AS points_redeemed_count_30d,
  CAST(points_redeemed_count_90d AS REAL) AS points_redeemed_count_90d,
  CAST(points_redeemed_count_180d AS REAL) AS points_redeemed_count_180d,
  CAST(points_redeemed_recency_days AS REAL) AS points_redeemed_recency_days,
  CAST((
    points_redeemed_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(points_redeemed_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS points_redeemed_count_trend_30v90d,
  CAST((
    points_redeemed_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(points_redeemed_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS points_redeemed_count_trend_90v180d,
  CAST(referrals_count_30d AS REAL) AS referrals_count_30d,
  CAST(referrals_count_90d AS REAL) AS referrals_count_90d,
  CAST(referrals_count_180d AS REAL) AS referrals_count_180d,
  CAST(referrals_recency_days AS REAL) AS referrals_recency_days,
  CAST((
    referrals_count_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(referrals_count_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS referrals_count_trend_30v90d,
  CAST((
    referrals_count_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(referrals_count_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS referrals_count_trend_90v180d,
  CAST(emails_opened_count_90d / NULLIF(emails_sent_count_90d, 0) AS REAL) AS email_open_rate,
  CAST(emails_clicked_count_90d / NULLIF(emails_sent_count_90d, 0) AS REAL) AS email_click_rate,
  CAST(nps_value_mean_all AS REAL) AS nps_value_mean_all,
  CAST(nps_value_last AS REAL) AS nps_value_last,
  CAST(nps_value_min_all AS REAL) AS nps_value_min_all,
  CAST(nps_count_all AS REAL) AS nps_count_all,
  CAST(nps_recency_days AS REAL) AS nps_recency_days,
  CAST(nps_value_last - nps_value_mean_all AS REAL) AS nps_trend,
  CAST(reviews_value_mean_all AS REAL) AS reviews_value_mean_all,
  CAST(reviews_value_last AS REAL) AS reviews_value_last,
  CAST(reviews_recency_days AS REAL) AS reviews_recency_days,
  CAST(tickets_value_mean_180d AS REAL) AS tickets_value_mean_180d,
  CAST(tickets_value_max_180d AS REAL) AS tickets_value_max_180d,
  CAST(complaints_value_mean_180d AS REAL) AS complaints_value_mean_180d,
  CAST(tickets_topics_all AS REAL) AS tickets_topics_all,
  CAST(complaints_topics_all AS REAL) AS complaints_topics_all,
  tickets_topic_last AS tickets_topic_last,
  complaints_topic_last AS complaints_topic_last,
  CAST(content_value_sum_30d AS REAL) AS content_value_sum_30d,
  CAST(content_value_sum_90d AS REAL) AS content_value_sum_90d,
  CAST(content_value_sum_180d AS REAL) AS content_value_sum_180d,
  CAST((
    content_value_sum_30d / CAST(30 AS DOUBLE)
  ) / NULLIF(content_value_sum_90d / CAST(90 AS DOUBLE), 0) AS REAL) AS content_value_sum_trend_30v90d,
  CAST((
    content_value_sum_90d / CAST(90 AS DOUBLE)
  ) / NULLIF(content_value_sum_180d / CAST(180 AS DOUBLE), 0) AS REAL) AS content_value_sum_trend_90v180d,
  CAST(content_value_mean_180d AS REAL) AS content_value_mean_180d,
  CAST(visits_count_90d / NULLIF(purchases_count_90d, 0) AS REAL) AS visits_per_purchase,
  CAST(points_earned_value_sum_180d AS REAL) AS points_earned_value_sum_180d,
  CAST(points_redeemed_value_sum_180d AS REAL) AS points_redeemed_value_sum_180d,
  CAST(points_earned_value_sum_all - points_redeemed_value_sum_all AS REAL) AS points_balance,
  CAST(CASE
    WHEN points_earned_value_sum_all > 0
    THEN CASE
      WHEN (
        points_earned_value_sum_all - points_redeemed_value_sum_all
      ) < 200
      THEN 200 - (
        points_earned_value_sum_all - points_redeemed_value_sum_all
      )
      WHEN (
        points_earned_value_sum_all - points_redeemed_value_sum_all
      ) < 500
      THEN 500 - (
        points_earned_value_sum_all - points_redeemed_value_sum_all
      )
      ELSE 0
    END
  END AS REAL) AS points_to_reward,
  CAST(engagements_tenure_days AS REAL) AS engagements_tenure_days,
  CAST(engagements_days_30d AS REAL) AS engagements_days_30d,
  CAST(engagements_days_90d AS REAL) AS engagements_days_90d,
  CAST(engagements_days_180d AS REAL) AS engagements_days_180d,
  CAST(periods_recency_days AS REAL) AS periods_recency_days,
  CAST(periods_tenure_days AS REAL) AS periods_tenure_days,
  CAST(renewals_count_all AS REAL) AS renewals_count_all,
  periods_plan_last AS periods_plan_last,
  periods_status_last AS periods_status_last,
  CAST(periods_price_last AS REAL) AS periods_price_last,
  CAST(periods_price_first AS REAL) AS periods_price_first,
  CAST(days_to_expiry AS REAL) AS days_to_expiry,
  CAST(period_length_days AS REAL) AS period_length_days,
  CAST(cancellations_count_all AS REAL) AS cancellations_count_all,
  country AS country,
  tier AS tier,
  acquisition_channel AS acquisition_channel,
  preferred_channel AS preferred_channel,
  CAST(activity_recency_days AS REAL) AS activity_recency_days,
  CAST(activity_tenure_days AS REAL) AS activity_tenure_days,
  CAST(activity_count_7d AS REAL) AS activity_count_7d,
  CAST(activity_count_14d AS REAL) AS activity_count_14d,
  CAST(activity_count_30d AS REAL) AS activity_count_30d,
  CAST(activity_count_60d AS REAL) AS activity_count_60d,
  CAST(activity_count_90d AS REAL) AS activity_count_90d,
  CAST(activity_count_180d AS REAL) AS activity_count_180d,
  CAST(activity_count_365d AS REAL) AS activity_count_365d,
  CAST(activity_days_7d AS REAL) AS activity_days_7d,
  CAST(activity_days_14d AS REAL) AS activity_days_14d,
  CAST(activity_days_30d AS REAL) AS activity_days_30d,
  CAST(activity_days_60d AS REAL) AS activity_days_60d,
  CAST(activity_days_90d AS REAL) AS activity_days_90d,
  CAST(activity_days_180d AS REAL) AS activity_days_180d,
  CAST(activity_days_365d AS REAL) AS activity_days_365d,
  CAST(activity_days_all AS REAL) AS activity_days_all
FROM wide
ORDER BY
  who
